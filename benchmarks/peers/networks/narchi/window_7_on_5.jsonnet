local Conv(id, feats, kernel) = { _class: 'Conv2d', _id: id, output_feats: feats, kernel_size: kernel };
local Pool(id) = { _class: 'MaxPool2d', _id: id, kernel_size: 2, stride: 2 };
local ReLU(id) = { _class: 'ReLU', _id: id };

{
    blocks: [
        Conv('conv1', 6, 5), ReLU('relu1'), Pool('pool1'),
        Conv('conv2', 16, 5), ReLU('relu2'),
        Pool('pool2'),
        Conv('conv3', 120, 7), ReLU('relu3'),
        { _class: 'Reshape', _id: 'flatten', reshape_spec: 'flatten' },
        { _class: 'Linear', _id: 'fc1', output_feats: 84 }, ReLU('relu4'),
        { _class: 'Linear', _id: 'fc2', output_feats: 10 },
    ],
    graph: [
        'image -> conv1 -> relu1 -> pool1 -> conv2 -> relu2 -> pool2 -> conv3 -> relu3',
        'relu3 -> flatten -> fc1 -> relu4 -> fc2 -> logits',
    ],
    inputs: [{ _id: 'image', _shape: [1, 32, 32] }],
    outputs: [{ _id: 'logits', _shape: [10] }],
}
