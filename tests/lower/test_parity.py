"""The compiled networks are the public ones: keys, shapes, counts and outputs."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from tests.patience import PATIENCE
from tests.reference import compare_outputs, fill, load_reference, recorded_input

NAMES = ["vgg16", "resnet50", "googlenet", "densenet121"]


def as_dict(result):
    return result if isinstance(result, dict) else {"out": result}


@pytest.mark.parametrize("name", NAMES)
def test_live_module_equals_the_reference(name):
    reference = load_reference(name)
    arch = archdsl.load(f"specs/{name}.arch")
    module = arch.to_torch().double().eval()
    keys = [[key, list(tensor.shape)] for key, tensor in module.state_dict().items()]
    assert keys == reference["state_dict"]
    assert sum(p.numel() for p in module.parameters()) == reference["params"]
    assert arch.profile().params == reference["params"]
    assert arch.profile().macs == reference["macs"]
    fill(module)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = as_dict(module(recorded_input(reference)))
    compare_outputs(outputs, reference)
    assert counter.get_total_flops() == 2 * reference["macs"] == arch.profile().flops


@pytest.mark.parametrize("name", NAMES)
def test_emitted_source_runs_on_its_own(name, tmp_path):
    """The file alone, in another process and folder, without this package."""
    (tmp_path / "network.py").write_text(archdsl.load(f"specs/{name}.arch").to_source())
    (tmp_path / "run.py").write_text(
        "import sys\n"
        f"sys.path.insert(1, {str(Path.cwd())!r})\n"
        "import network, torch\n"
        "assert not any(name.partition('.')[0] == 'archdsl' for name in sys.modules)\n"
        "from tests.reference import *\n"
        f"reference = load_reference({name!r})\n"
        "module = getattr(network, network.__all__[0])().double().eval()\n"
        "keys = [[k, list(t.shape)] for k, t in module.state_dict().items()]\n"
        "assert keys == reference['state_dict']\n"
        "fill(module)\n"
        "with torch.no_grad():\n"
        "    compare_outputs({'out': module(recorded_input(reference))}, reference)\n"
        "assert 'archdsl' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True, timeout=PATIENCE)


def test_published_numbers():
    lenet = archdsl.load("specs/lenet5.arch")
    assert lenet.profile().params == 61_706
    assert lenet.inputs == {"image": (1, 32, 32)}
    assert lenet.outputs == {"out": (10,)}
    unet = archdsl.load("specs/unet.arch")
    assert unet.profile().params == 31_030_658
    assert unet.profile().macs == 150_428_424_448
    assert unet.inputs == {"image": (1, 572, 572)}
    assert unet.outputs == {"out": (2, 388, 388)}


@pytest.mark.parametrize(("name", "least"), [("resnet50", 40), ("vgg16", 30), ("unet", 40)])
def test_specs_are_short(name, least):
    files = [Path(f"specs/{name}.arch")]
    if name == "resnet50":
        files.append(Path("specs/blocks/residual.arch"))
    lines = [line.split("#")[0].strip() for file in files for line in file.read_text().splitlines()]
    assert sum(map(bool, lines)) < least
