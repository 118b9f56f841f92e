local Conv(id, feats, groups=1) = {
    _class: 'Conv2d', _id: id, output_feats: feats, kernel_size: 3, padding: 1, groups: groups,
};
local ReLU(id) = { _class: 'ReLU', _id: id };

{
    blocks: [
        Conv('conv1', 30), ReLU('relu1'),
        Conv('conv2', 64, groups=4), ReLU('relu2'),
        { _class: 'AdaptiveAvgPool2d', _id: 'gap', output_feats: [1, 1] },
        { _class: 'Reshape', _id: 'flatten', reshape_spec: 'flatten' },
        { _class: 'Linear', _id: 'fc', output_feats: 10 },
    ],
    graph: [
        'image -> conv1 -> relu1 -> conv2 -> relu2 -> gap -> flatten -> fc -> logits',
    ],
    inputs: [{ _id: 'image', _shape: [3, 32, 32] }],
    outputs: [{ _id: 'logits', _shape: [10] }],
}
