"""FCN on VGG-16 against its description by hand: where it crops, and how it begins."""

import pytest
import torch
import torch.nn.functional as F

import archdsl

STAGES = {"stage1": 2, "stage2": 2, "pool3": 3, "pool4": 3, "stage5": 3}
MODELS = {"fcn32s": (32, 19), "fcn16s": (16, 27), "fcn8s": (8, 31)}
"""The last stride, and the offset of the last crop, as the authors' prototxt files have them."""


def by_hand(state: dict[str, torch.Tensor], image: torch.Tensor, model: str) -> torch.Tensor:
    def conv(name: str, x: torch.Tensor, padding: int = 0) -> torch.Tensor:
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=padding)

    def up(name: str, x: torch.Tensor, stride: int) -> torch.Tensor:
        return F.conv_transpose2d(x, state[f"{name}.weight"], stride=stride)

    x, pools = image, {}
    for name, count in STAGES.items():
        for i in range(1, count + 1):
            first = (name, i) == ("stage1", 1)
            x = conv(f"{name}.conv{i}", x, padding=100 if first else 1).relu()
        x = pools[name] = F.max_pool2d(x, 2, ceil_mode=True)
    scores = conv("score_fr", conv("fc7", conv("fc6", x).relu()).relu())
    if model != "fcn32s":
        scores = up("upscore2", scores, 2)
        height, width = scores.shape[2:]
        scores = scores + conv("fuse4.score", pools["pool4"])[..., 5 : 5 + height, 5 : 5 + width]
    if model == "fcn8s":
        scores = up("upscore_pool4", scores, 2)
        height, width = scores.shape[2:]
        scores = scores + conv("fuse3.score", pools["pool3"])[..., 9 : 9 + height, 9 : 9 + width]
    stride, offset = MODELS[model]
    height, width = image.shape[2:]
    scores = up("upscore", scores, stride)
    return scores[..., offset : offset + height, offset : offset + width]


@pytest.mark.parametrize("model", MODELS)
def test_equals_its_description(model: str) -> None:
    torch.manual_seed(0)
    module = archdsl.load("specs/fcn.arch", model=model, input="3x37x66").to_torch().eval()
    state = module.state_dict()

    # Scores begin at zero and are upscored by interpolation, channel by channel.
    for key, tensor in state.items():
        if "upscore" in key:
            channels, _, size, _ = tensor.shape
            position = torch.arange(size) + 0.5
            ramp = 1 - (2 * position / size - 1).abs()
            assert tensor.sum() == channels * (size // 2) ** 2
            for channel in range(channels):
                torch.testing.assert_close(tensor[channel, channel], ramp * ramp[:, None])
        elif "score" in key:
            assert not tensor.any()

    for key, tensor in state.items():
        if "score" in key:
            tensor.normal_()
        elif key.endswith("weight"):
            torch.nn.init.kaiming_normal_(tensor, nonlinearity="relu")
    image = torch.randn(1, 3, 37, 66)
    with torch.no_grad():
        made, expected = module(image), by_hand(state, image, model)
    assert made.shape == (1, 21, 37, 66)
    assert (made - expected).abs().max() <= 1e-5 * expected.abs().max()
