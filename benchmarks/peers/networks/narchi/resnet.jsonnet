local Conv(id, feats, kernel=3, stride=1, padding=1) = {
    _class: 'Conv2d', _id: id, output_feats: feats, kernel_size: kernel, stride: stride,
    padding: padding, bias: false,
};
local BatchNorm(id) = { _class: 'BatchNorm2d', _id: id };
local ReLU(id) = { _class: 'ReLU', _id: id };

local Basic(id, feats, stride=1) = {
    _class: 'Group',
    _id: id,
    blocks: std.prune([
        { _class: 'Identity', _id: 'ident' },
        Conv('conv1', feats, stride=stride), BatchNorm('bn1'), ReLU('relu1'),
        Conv('conv2', feats), BatchNorm('bn2'),
        if stride != 1 then {
            _class: 'Sequential',
            _id: 'skip',
            blocks: [Conv('conv', feats, kernel=1, stride=stride, padding=0), BatchNorm('bn')],
        },
        { _class: 'Add', _id: 'add' },
        ReLU('relu2'),
    ]),
    graph: [
        'ident -> conv1 -> bn1 -> relu1 -> conv2 -> bn2 -> add -> relu2',
        if stride != 1 then 'ident -> skip -> add' else 'ident -> add',
    ],
    input: 'ident',
    output: 'relu2',
};

{
    blocks: [
        Conv('conv1', 16), BatchNorm('bn1'), ReLU('relu1'),
        Basic('block1', 16),
        Basic('block2', 32, stride=2),
        Basic('block3', 32),
        Basic('block4', 64, stride=2),
        { _class: 'AdaptiveAvgPool2d', _id: 'gap', output_feats: [1, 1] },
        { _class: 'Reshape', _id: 'flatten', reshape_spec: 'flatten' },
        { _class: 'Linear', _id: 'fc', output_feats: 10 },
    ],
    graph: [
        'image -> conv1 -> bn1 -> relu1 -> block1 -> block2 -> block3 -> block4',
        'block4 -> gap -> flatten -> fc -> logits',
    ],
    inputs: [{ _id: 'image', _shape: [3, 32, 32] }],
    outputs: [{ _id: 'logits', _shape: [10] }],
}
