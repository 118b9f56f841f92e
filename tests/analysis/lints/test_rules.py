"""What each rule is about, and what looks like it and is right.

The expectation stands on the offending line: ``# -> rule, rule``.
"""

from __future__ import annotations

import re

import pytest

from .reviewing import lines, reviewed

_EXPECTED = re.compile(r"# -> (?P<rules>[a-z, -]+)$")


def expected(text: str) -> list[tuple[str, int]]:
    return [
        (rule.strip(), number)
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _EXPECTED.search(line))
        for rule in found["rules"].split(",")
    ]


NETWORKS = {
    "PyTorch's order": """
model m {
    input x: 3x224x224
    conv(3, 64, 7, 2, 3) -> relu  # -> argument-order, fraction
}""",
    "PyTorch's order, of LeNet": """
block features(width) { conv(in.channels, width, 5) -> tanh }  # -> argument-order, fraction
model m {
    input x: 1x28x28
    features(6)
}""",
    "PyTorch's order, transposed": """
model m {
    input x: 32x28x28
    conv_transpose(32, 16, 2) -> relu  # -> argument-order
}""",
    "PyTorch's order, with sizes": """
model m {
    input x: 3x224x224
    output a: x -> conv(3, 64, 7x7, 2, 3) -> relu  # -> argument-order, fraction
    output b: x -> conv(3, 64) -> relu  # -> argument-order
}""",
    "long kernels of audio (van den Oord 2018), and upsampling of classes (Long 2015)": """
model m {
    input x: 512x20480
    conv(512, 10, 5, 3) -> relu -> conv(512, 8, 4, 2) -> relu
}
model fcn {
    input x: 21x34x34
    conv_transpose(21, 16, 8, 4, bias=false)
}""",
    "as many channels as before, and meant": """
model m {
    input x: 16x96x96
    conv(16, 3, 1) -> relu -> conv(16, 3, 2, 1) -> relu
    conv(16, kernel=16, stride=4) -> relu  # -> fraction
    conv(16, 3, 3, 1) -> relu
}""",
    "a large kernel of each channel by itself, and one of other channels": """
model m {
    input x: 16x96x96
    conv(16, 31, 1, 15, groups=16) -> conv(32, 16, 16)
}""",
    "channels last": """
model m {
    input photo: 320x240x3  # -> channels-last
    input digit: 28x28x1  # -> channels-last
    input icon: 32x32x4  # -> channels-last
    output a: photo -> global_avgpool
    output b: digit -> global_avgpool
    output c: icon -> global_avgpool
}""",
    "channels first, and signals": """
model m {
    input photo: 3x240x320
    input eeg: 64x1000x1
    input few: 3x3x3
    input tokens: 320x3
    input volume: 32x32x32x3
    output a: photo -> global_avgpool
    output b: eeg -> global_avgpool
    output c: few -> global_avgpool
    output d: tokens -> global_avgpool
    output e: volume -> global_avgpool
}""",
    "a bias that one of two readers sees": """
model m {
    input x: 3x8x8
    a: conv(4, 3x3)
    a -> bn -> b: relu
    concat(a, b)
}""",
    "a bias before norms that share a mean among channels": """
model m {
    input x: 3x8x8
    conv(4, 3x3) -> groupnorm(2) -> relu -> conv(4, 3x3) -> layernorm -> relu
}""",
    "a bias that some uses of the block need": """
block layer(width, norm) { conv(width, 3x3) -> norm -> relu }
model m {
    input x: 3x16x16
    layer(4, bn) -> layer(4, groupnorm(2))
}""",
    "a bias that no use of the block needs": """
block layer(width, norm) {
    conv(width, 3x3) -> norm -> relu  # -> bias-before-norm
}
model m {
    input x: 3x16x16
    layer(4, bn) -> layer(4, instancenorm)
}""",
    "a bias that a shared module needs elsewhere": """
model m {
    input x: 4x8x8
    input y: 4x8x8
    module both: conv(4, 3x3)
    module one: conv(4, 3x3)  # -> bias-before-norm
    a = x -> both -> bn
    b = y -> both
    c = x -> one -> bn
    d = y -> one -> bn
    concat(a, b, c, d)
}""",
    "indices that another application reads": """
model m {
    input x: 4x8x8
    input y: 4x8x8
    module pool: maxpool(2x2, return_indices=true)
    a = x -> pool
    b = y -> pool
    output one: a -> max_unpool(a.indices, 2x2)
    output two: b
}""",
    "a bias in a linear layer and a transposed convolution": """
model m {
    input x: 3x8x8
    conv_transpose(4, 2x2, stride=2) -> bn -> relu  # -> bias-before-norm
    flatten
    linear(8) -> bn -> relu  # -> bias-before-norm
}""",
    "full pre-activation": """
block unit() {
    bn -> relu -> conv(8, 3x3, padding=1, bias=false)
    bn -> relu -> last: conv(8, 3x3, padding=1, bias=false)
    add(in, last)
}
model m { input x: 8x8x8
 3 * unit }""",
    "a ReLU before the sum, behind dropout and pooling": """
model m {
    input x: 8x8x8
    conv(8, 3x3, padding=1) -> relu -> maxpool(1x1) -> dropout
    branch: identity
    add(x, branch)  # -> nonnegative-residual
}""",
    "encoder and decoder, both rectified": """
model linknet {
    input x: 3x32x32
    enc: { conv(8, 3x3, padding=1) -> relu }
    maxpool(2x2) -> conv(8, 3x3, padding=1) -> relu
    conv_transpose(8, 2x2, stride=2) -> relu -> add(enc)
}""",
    "a branch rectified by leaky_relu": """
model m { input x: 8x8x8
 conv(8, 3x3, padding=1) -> leaky_relu(0.1) -> add(x) }""",
    "a mask on the features": """
model m { input x: 8x8x8
 conv(8, 3x3, padding=1) -> relu -> features: identity
 conv(8, 1x1) -> sigmoid -> mul(features) -> add(features) }""",
    "an inverted residual without a skip at stride 2": """
block inverted(width, stride) {
    hidden = 6 * in.channels
    branch: {
        conv_bn_relu6(hidden, 1x1)
        conv_bn_relu6(hidden, 3x3, stride=stride, groups=hidden)
        conv(width, 1x1, bias=false) -> bn
    }
    if stride == 1 { add(in, branch) }
}
model m { input x: 8x16x16
 inverted(8, 1) -> inverted(16, 2) -> inverted(16, 1) }""",
    "a skip lost in a block inside": """
block branch(width, stride) {
    conv(width, 3x3, stride=stride, padding=1, bias=false) -> bn -> relu
    conv(width, 3x3, padding=1, bias=false) -> bn
}
block unit(width, stride = 1) {
    f: branch(width, stride)
    if in.shape == f.shape {
        add(f, in)  # -> lost-skip
    }
    relu
}
model m { input x: 16x16x16
 unit(16) -> unit(16) -> unit(32, stride=2) -> unit(64, stride=2) }""",
    "a projection where the shapes differ": """
block unit(width, stride) {
    f: { conv_bn_relu(width, 3x3, stride=stride, padding=1) -> conv(width, 3x3, padding=1) }
    in -> skip: conv(width, 1x1, stride=stride) -> add(f) -> relu
}
model m { input x: 8x16x16
 unit(16, 2) -> unit(32, 1) }""",
    "a projection that one use of the block does not need": """
block unit(width) {
    f: { conv_bn_relu(width, 3x3, padding=1) -> conv(width, 3x3, padding=1) }
    in -> conv(width, 1x1) -> add(f) -> relu  # -> needless-projection
}
model m { input x: 8x16x16
 unit(16) -> unit(16) }""",
    "a pyramid whose side convolution keeps the channels": """
model fpn {
    input x: 3x32x32
    c1: { conv(16, 3x3, padding=1) -> relu }
    c2: { maxpool(2x2) -> conv(32, 3x3, padding=1) -> relu -> conv(16, 1x1) }
    c1 -> conv(16, 1x1) -> add(c2 -> upsample(2))
}""",
    "branches of different kernels, as in RepVGG": """
block rep(width) {
    a: { conv(width, 3x3, padding=1, bias=false) -> bn }
    in -> b: { conv(width, 1x1, bias=false) -> bn }
    add(a, b) -> relu
}
model m { input x: 8x16x16
 3 * rep(8) }""",
    "the narrow end behind a squeeze-and-excitation": """
model m {
    input x: 16x16x16
    conv(64, 1x1, bias=false) -> bn -> silu
    conv(64, 3x3, padding=1, groups=64, bias=false) -> bn -> silu -> squeeze_excite(4)
    conv(24, 1x1, bias=false) -> bn -> silu  # -> nonlinear-bottleneck
}""",
    "MobileNetV1, and a residual bottleneck": """
model m {
    input x: 16x16x16
    conv(16, 3x3, padding=1, groups=16, bias=false) -> bn -> relu
    conv(32, 1x1, bias=false) -> bn -> relu
    conv(8, 1x1, bias=false) -> bn -> relu
    conv(8, 3x3, padding=1, bias=false) -> bn -> relu -> conv(32, 1x1, bias=false) -> bn -> relu
}""",
    "depthwise convolutions in a row, one of them behind an activation": """
model m {
    input x: 16x16x16
    conv(16, 5x5, padding=2, groups=16) -> conv(16, 7x7, padding=9, dilation=3, groups=16)
    conv(16, 1x1)
    conv(16, 3x3, padding=1, groups=16) -> relu  # -> depthwise-only
    conv(16, 3x3, padding=1, groups=16) -> relu -> conv(16, 1x1)
}""",
    "depthwise convolutions that are mixed later": """
model m {
    input x: 16x16x16
    conv(16, 3x3, padding=1, groups=16) -> gelu -> bn -> add(x) -> conv(32, 1x1)
    conv(32, 3x3, padding=1, groups=32) -> relu -> flatten -> linear(4)
}""",
    "depthwise convolutions on both sides of a concat, as in GhostNet": """
model m {
    input x: 16x16x16
    primary: { conv(16, 1x1) -> relu }
    cheap: { conv(16, 3x3, padding=1, groups=16) -> relu }
    concat(primary, cheap) -> conv(32, 3x3, stride=2, padding=1, groups=32) -> conv(16, 1x1)
}""",
    "kernels of transposed convolutions": """
model m {
    input x: 4x8x8
    conv_transpose(4, 2x2, stride=2) -> relu -> conv_transpose(4, 4x4, stride=2, padding=1) -> relu
    conv_transpose(4, 3x3) -> relu -> conv_transpose(4, 6x4, stride=3x2) -> relu
    conv_transpose(4, 4x5, stride=2) -> relu  # -> checkerboard
    conv_transpose(4, 1x1, stride=2, output_padding=1)  # -> checkerboard
}""",
    "activations behind one another": """
model m {
    input x: 4x8x8
    conv(4, 3x3) -> relu -> dropout -> sigmoid -> conv(4, 3x3)  # -> double-activation
    relu -> flatten -> softmax  # -> double-activation
}""",
    "activations with something between them": """
model m {
    input x: 4x8x8
    conv(4, 3x3) -> relu -> maxpool(2x2) -> conv(8, 3x3) -> relu -> avgpool(1) -> flatten -> softmax
}""",
    "a softmax over positions and one over a single class": """
model m {
    input x: 4x8x8
    output places: conv(1, 1x1) -> flatten -> softmax
    output classes: x -> conv(1, 1x1) -> softmax  # -> constant-softmax
}""",
    "dropout before a norm, and where it is right": """
model m {
    input x: 4x8x8
    conv(8, 3x3, bias=false) -> dropout2d(0.2) -> relu -> bn  # -> dropout-before-norm
    dropout(0) -> conv(8, 3x3, bias=false) -> bn -> relu
    dropout -> groupnorm(2)
    flatten -> dropout -> linear(8) -> relu -> linear(8, bias=false) -> bn
}""",
    "a step around the bottleneck": """
model m {
    input x: 64x16x16
    conv(2, 1x1) -> relu -> conv(64, 3x3, padding=1) -> add(x)
}""",
    "scores, and a vector at the end": """
model m {
    input x: 64x16x16
    score: conv(2, 1x1) -> conv_transpose(2, 4x4, stride=4)
}
model n {
    input x: 64x16x16
    conv(64, 3x3, padding=1) -> maxpool(16x16) -> conv(8, 1x1)
}
model o {
    input x: 8x64x64
    conv(8, 3x3, padding=1) -> relu
    maxpool(4x4) -> conv(64, 3x3, padding=1)  # -> abrupt-bottleneck
}""",
    "a gate sees everything": """
model m {
    input x: 4x64x64
    conv(8, 3x3, padding=1) -> relu -> squeeze_excite(4) -> conv(8, 3x3, padding=1) -> relu
    global_avgpool -> flatten -> linear(4)
}""",
    "an auxiliary head, and a head on features": """
model m {
    input x: 4x64x64
    conv(8, 3x3, stride=2, padding=1) -> a: relu
    conv(8, 3x3, stride=2, padding=1) -> relu -> conv(8, 3x3, padding=8, dilation=8) -> b: relu
    train output aux: a -> global_avgpool -> flatten -> linear(4)
    b -> global_avgpool -> flatten -> linear(4)
}
model head { input x: 64x7x7
 global_avgpool -> flatten -> linear(10) }""",
    "a pooling at stride 2 of an odd size": """
model m {
    input x: 4x15x16
    maxpool(2x2)  # -> fraction
    conv(4, 3x3, stride=2, padding=1) -> conv(4, 1x1, stride=2)
}""",
    "one use of the block loses a row": """
block half() {
    conv(4, 3x3, padding=1) -> relu -> maxpool(2x2)  # -> fraction
}
model m { input x: 4x12x12
 3 * half }""",
    "blocks and functions": """
block used(width) { conv(width, 3x3) }
block inner() { relu }
fn twice(width) = { used(width) -> inner }
block idle() { idle_too }  # -> unused-block
fn idle_too(width) = width  # -> unused-block
model m(unit = used) { input x: 3x16x16
 unit(4) -> twice(4) }
block handed(width) { conv(width, 5x5) }
model n = m(unit=handed)""",
    "names of operators": """
block b(softmax) {  # -> shadowed-operator
    add = in -> conv: conv(4, 1x1)
    for crop in 0..softmax {  # -> shadowed-operator
        pad = crop + 1  # -> shadowed-operator
        conv{crop}: conv(4, 3x3, padding=pad)  # the operator: what a label names hides nothing
    }
    concat(add, conv0)
}
model m {
    input x: 3x8x8
    module linear: conv(4, 1x1)  # -> shadowed-operator
    linear -> b(1)
}""",
}


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_is_told_where_it_is_and_nowhere_else(text: str) -> None:
    found = reviewed(text)
    assert sorted(lines(found)) == sorted(expected(text))
    assert not any(diagnostic.is_error for diagnostic in found)


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_every_lint_keeps_to_the_form(text: str) -> None:
    for diagnostic in reviewed(text):
        assert diagnostic.help
        for sentence in (diagnostic.message, diagnostic.help, *diagnostic.notes):
            assert not sentence.endswith(".") and "None" not in sentence
            assert sentence[:1].islower() or not sentence[0].isalpha()


def test_numbers_of_a_fraction() -> None:
    [found] = reviewed("model m { input x: 4x7x8\n maxpool(3x3) -> conv(4, 1x1) }")
    assert found.message == "maxpool throws away 1 row and 2 columns of 7x8"
    assert found.notes == ("(7 + 2*0 - 1*(3 - 1) - 1)/3 + 1 = 2.33, rounded down",)
    assert "6x6 flowing in here loses nothing" in (found.help or "")


def test_large_linear_layers_only() -> None:
    text = "model m {{ input x: 3x64x64\n conv({width}, 3x3) -> relu -> flatten -> linear(10) }}"
    assert reviewed(text.format(width=8)) == []
    [found] = reviewed(text.format(width=64))
    assert (found.code, found.message) == (
        "parameter-concentration",
        "100% of all parameters are in this layer",
    )


def test_what_the_prelude_does_is_told_where_it_is_used() -> None:
    text = "model m { input x: 4x16x16\n conv_bn_relu(4, 3x3, stride=2)\n conv(4, 1x1) }"
    [found] = reviewed(text)
    assert lines([found]) == [("fraction", 2)]
    assert found.secondary[0].span is not None
    assert found.secondary[0].span.source.name == "archdsl/prelude.arch"
