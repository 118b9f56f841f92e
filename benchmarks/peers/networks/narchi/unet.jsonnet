local Conv(id, feats, kernel=3, padding=1) = {
    _class: 'Conv2d', _id: id, output_feats: feats, kernel_size: kernel, padding: padding,
};
local Pool(id) = { _class: 'MaxPool2d', _id: id, kernel_size: 2, stride: 2 };
local Concat(id) = { _class: 'Concatenate', _id: id, dim: 0 };

local Double(id, feats) = {
    _class: 'Sequential',
    _id: id,
    blocks: [
        Conv('conv1', feats), { _class: 'ReLU', _id: 'relu1' },
        Conv('conv2', feats), { _class: 'ReLU', _id: 'relu2' },
    ],
};

// narchi has no transposed convolution: a 2x2 one with stride 2 is a 1x1 convolution to four times
// the channels, laid out in space.
local Up(id, feats) = {
    _class: 'Sequential',
    _id: id,
    blocks: [
        Conv('conv', 4 * feats, kernel=1, padding=0),
        { _class: 'Reshape', _id: 'split', reshape_spec: [{ '0': [feats, 2, 2] }, 1, 2] },
        { _class: 'Reshape', _id: 'shuffle', reshape_spec: [0, [3, 1], [4, 2]] },
    ],
};

{
    blocks: [
        Double('enc1', 16), Pool('pool1'),
        Double('enc2', 32), Pool('pool2'),
        Double('bottom', 64),
        Up('up2', 32),
        Concat('concat2'),
        Double('dec2', 32),
        Up('up1', 16),
        Concat('concat1'),
        Double('dec1', 16),
        Conv('mask', 1, kernel=1, padding=0),
    ],
    graph: [
        'image -> enc1 -> pool1 -> enc2 -> pool2 -> bottom',
        'bottom -> up2 -> concat2 -> dec2',
        'enc2 -> concat2',
        'dec2 -> up1 -> concat1 -> dec1',
        'enc1 -> concat1',
        'dec1 -> mask -> probabilities',
    ],
    inputs: [{ _id: 'image', _shape: [1, 64, 64] }],
    outputs: [{ _id: 'probabilities', _shape: [1, 64, 64] }],
}
