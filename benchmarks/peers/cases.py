"""The networks: five with one mistake each, three without. One file a network and system.

What counts as finding the place, and as proposing a change, is written here once and holds for
every system.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One network.

    Args:
        name: of the files that say it, without what follows the first dot
        what: the mistake, or the network, in a few words
        layer: the name that the wrong layer has in every file; empty if nothing is wrong
        place: a pattern that finds the layer in an output: its name, or its index
        change: a pattern that finds a change that mends the network: a legal size, count or name,
            or an operation that makes the shapes agree
    """

    name: str
    what: str
    layer: str = ""
    place: str = ""
    change: str = ""


BROKEN = (
    Case(
        "unet_88_89",
        "U-Net whose skip is 89x89 and whose upsampled map is 88x88 (keras#19964)",
        "concat3",
        r"\bconcat3\b",
        # Pad, crop or resize one of the two; or an input that halves three times without a rest.
        r"(?i)\b(crop|pad|resize|resizing|upsample|interpolate|output_padding)\b|(?<!\d)3(44|52|60|68)(?!\d)",
    ),
    Case(
        "add_64_256",
        "64 and 256 channels added without a projection",
        "residual",
        r"\bresidual\b",
        r"(?i)\bproject|\b1x1\b|\b(channels|feats|filters|features)\W{1,3}(64|256)\b",
    ),
    Case(
        "window_7_on_5",
        "7x7 window on 5x5",
        "conv3",
        # In all files it is the seventh layer.
        r"\bconv3\b|\['blocks'\]\[6\]|\bnodes\.7\b",
        # At least one more on either side, a window of at most 5, or a larger input.
        r"(?i)\b(padding\W{1,3}([1-9]|same)|kernel(_size)?\W{1,3}[1-5])\b|\b1x(4\d|[5-9]\d)x",
    ),
    Case(
        "misspelled_pool",
        "max pooling with a letter missing in its name",
        "pool2",
        r"\bpool2\b",
        # The right name alone, not somewhere in a list of all names.
        r"(?i)(did you mean|instead|perhaps|maybe)\W+max_?pool",
    ),
    Case(
        "groups_4_of_30",
        "30 channels convolved in 4 groups",
        "conv2",
        r"\bconv2\b",
        # 1 and 2 divide both 30 and 64; 28 and 32 are the next channels that 4 divides.
        r"(?i)\bgroups\W{1,3}[12]\b|\b(channels|feats|filters)\W{1,3}(28|32)\b",
    ),
)

GOOD = (
    Case("lenet5", "LeNet-5"),
    Case("resnet", "ResNet of four basic blocks, two of them with a projection"),
    Case("unet", "U-Net of three levels on 64x64"),
)

ADVICE = r"(?m)^\s*-> |\b[Uu]se an? \w|\bcheck the\b"
"""What a reader can do, without saying which change."""
