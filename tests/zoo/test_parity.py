"""Every reference implementation, and the spec that is equal to it."""

import pytest
import torch

import archdsl
from tests.reference import compare_outputs, fill, load_reference, recorded_input

# Reference: the file and model that is equal to it, where they are not called the same.
ELSEWHERE = {
    "densenet169": ("densenet121", "densenet169"),
    "resnet101": ("resnet", "resnet101"),
    "resnet110_cifar": ("resnet_cifar", "resnet110_cifar"),
    "resnet152": ("resnet", "resnet152"),
    "resnet18": ("resnet", "resnet18"),
    "resnet20_cifar": ("resnet_cifar", "resnet20_cifar"),
    "resnet34": ("resnet", "resnet34"),
    "resnext50_32x4d": ("resnet", "resnext50_32x4d"),
    "hourglass2": ("hourglass", "hourglass2"),
    "timm_hrnet_w18": ("hrnet_w18", "hrnet_w18"),
    "timm_legacy_xception": ("xception", "xception"),
    "timm_seresnet50": ("seresnet50", "seresnet50"),
    "u2net": ("u2net", "u2net"),
    "u2netp": ("u2net", "u2netp"),
    "vgg11": ("vgg", "vgg11"),
    "vgg11_bn": ("vgg", "vgg11_bn"),
    "vgg13": ("vgg", "vgg13"),
    "vgg16_bn": ("vgg", "vgg16_bn"),
    "vgg19": ("vgg", "vgg19"),
    "wide_resnet50_2": ("resnet", "wide_resnet50_2"),
}
ORDER_IS_FREE = {"hourglass2"}  # its authors register modules in another order than they run
SAME_NAME = [
    "alexnet",
    "fcn_resnet50",
    "inception_v3",
    "mobilenet_v2",
    "squeezenet1_0",
    "unet_milesial",
]


@pytest.mark.parametrize("name", sorted([*ELSEWHERE, *SAME_NAME]))
def test_equals_the_reference(name):
    """Parameters, MACs, every key and shape in order, and the outputs under the recorded fill."""
    reference = load_reference(name)
    file, model = ELSEWHERE.get(name, (name, name))
    arch = archdsl.load(f"specs/{file}.arch", model=model)
    profile = arch.profile()
    assert (profile.params, profile.macs) == (reference["params"], reference["macs"])
    module = arch.to_torch().double().eval()
    keys = [[key, list(tensor.shape)] for key, tensor in module.state_dict().items()]
    if name in ORDER_IS_FREE:
        assert sorted(keys) == sorted(reference["state_dict"])
    else:
        assert keys == reference["state_dict"]
    fill(module)
    with torch.no_grad():
        made = module(recorded_input(reference))
    compare_outputs(made if isinstance(made, dict) else {"out": made}, reference)
