local Conv(id, feats, kernel, padding=0) = {
    _class: 'Conv2d', _id: id, output_feats: feats, kernel_size: kernel, padding: padding, bias: false,
};
local BatchNorm(id) = { _class: 'BatchNorm2d', _id: id };
local ReLU(id) = { _class: 'ReLU', _id: id };

{
    blocks: [
        Conv('conv1', 64, 1), BatchNorm('bn1'), ReLU('relu1'),
        Conv('conv2', 64, 3, padding=1), BatchNorm('bn2'), ReLU('relu2'),
        Conv('conv3', 256, 1), BatchNorm('bn3'),
        { _class: 'Add', _id: 'residual' }, ReLU('relu3'),
    ],
    graph: [
        'image -> conv1 -> bn1 -> relu1 -> conv2 -> bn2 -> relu2 -> conv3 -> bn3 -> residual',
        'image -> residual -> relu3 -> features',
    ],
    inputs: [{ _id: 'image', _shape: [64, 56, 56] }],
    outputs: [{ _id: 'features', _shape: [256, 56, 56] }],
}
