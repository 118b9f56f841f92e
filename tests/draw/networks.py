"""Random networks with everything that a fold could tell wrong.

Every value has 8 x 8x8, so that anything may be read anywhere, but for dense blocks, which grow,
and streams, which have sizes of their own.
"""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["networks"]

BLOCKS = """
block plain(w) { conv(w, 3x3, padding=1) -> bn -> relu }
block twice(w) { conv(w, 3x3, padding=1) -> conv(w, 1x1) }
block mixer(w) { conv(w, 3x3, padding=1) -> add(in) -> conv(w, 1x1) }
block skip(w) { conv1: conv(w, 3x3, padding=1) -> bn -> relu
    conv2: conv(w, 3x3, padding=1) -> bn
    add(in, conv2) -> relu }
block cropped(w) { a: conv(w, 3x3, padding=1)
    concat(in -> identity, a) -> conv(w, 1x1) }
block guided(w, by) { conv(w, 3x3, padding=1) -> add(by) -> relu }
block gated(w, by) { g: conv(w, 1x1) -> sigmoid
    mul(in, g) -> add(by) }
block rated(w, p) { a: conv(w, 3x3, padding=1) -> drop_path(p)
    add(in, a) }
block dropping(w, p) { conv(w, 3x3, padding=1) -> relu -> dropout(p) }
block dense(k) { a: bn -> relu -> conv(k, 3x3, padding=1)
    concat(in, a) }
block halves(w) { left, right = in -> chunk(2)
    left -> conv(w // 2, 1x1) -> concat(right) -> channel_shuffle(2) }
block pooled(w) { p: maxpool(2x2, return_indices=true)
    conv(w, 1x1) -> max_unpool(p.indices, 2x2) }
block nested(n, w) { n * skip(w) -> conv(w, 1x1) }
block shared_twice(w) { module m: conv(w, 3x3, padding=1)
    m -> relu -> m }
block pair(xs) {
    a: xs[0] -> conv(8, 3x3, padding=1)
    b: xs[1] -> conv(12, 1x1)
    return [add(a, xs[1] -> conv(8, 1x1) -> upsample(2)),
            add(b, xs[0] -> conv(12, 3x3, stride=2, padding=1))]
}
block crossed(xs) {
    return [add(xs[0] -> conv(8, 1x1), xs[1] -> conv(8, 1x1)), xs[1] -> conv(8, 3x3, padding=1)]
}
block triple(xs) {
    return [xs[0] -> relu, add(xs[0] -> conv(12, 3x3, stride=2, padding=1), xs[1]),
            add(xs[1] -> conv(16, 3x3, stride=2, padding=1), xs[2]) -> relu]
}
"""

STEPS = (
    "{s} -> conv(8, 3x3, padding=1) -> bn -> relu",
    "{s} -> relu",
    "{s} -> plain(8)",
    "add({s}, {t})",
    "mul({s}, {t}) -> tanh",
    "concat({s}, {t}) -> conv(8, 1x1)",
    "concat({s} -> identity, {t}) -> conv(8, 1x1)",
    "{s} -> {n} * conv(8, 3x3, padding=1)",
    "{s} -> {n} * plain(8)",
    "{s} -> {n} * twice(8)",
    "{s} -> {n} * mixer(8)",
    "{s} -> {n} * skip(8)",
    "{s} -> {n} * cropped(8)",
    "{s} -> {n} * (conv(8, 1x1) -> add({t}) -> bn -> conv(8, 3x3, padding=1))",
    "{s} -> {n} * halves(8)",
    "{s} -> {n} * pooled(8)",
    "{s} -> {n} * nested(2, 8)",
    "{s} -> {n} * shared_twice(8)",
    "{s} -> {n} * (skip(8) -> plain(8))",
    "{s} -> {n} * dense(4) -> conv(8, 1x1)",
    "{s} -> shared -> relu",
    "{s} -> {n} * shared",
)

LOOPS = (
    "{s} -> loop{i}: {{ for i in 0..{n} {{ guided(8, by={t}) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ gated(8, by={t}) -> tanh }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ skip(8) -> guided(8, by={t}) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ rated(8, 0.1 * i) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ rated(8, 0.3 - 0.05 * i) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ dropping(8, 0.05 + 0.1 * i) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ dropping(8, 0.1 * ((i * i) % 3)) }} }}",
    "{s} -> loop{i}: {{ for i in 0..{n} {{ conv(8, 1x1) -> dropout(0.1 + 0.1 * i) }} }}",
)

STREAMS = (
    ("[{s}, {s} -> conv(12, 3x3, stride=2, padding=1)]", "pair"),
    ("[{s}, {t}]", "crossed"),
    (
        "[{s}, {s} -> conv(12, 3x3, stride=2, padding=1),"
        " {t} -> conv(16, 3x3, stride=2, padding=1) -> maxpool(2x2)]",
        "triple",
    ),
)
"""Several values that a block makes of as many, again and again."""


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A model of a few steps, each from any value before it, with up to three outputs."""
    names, lines = ["x"], []
    for index in range(draw(st.integers(1, 6))):
        source, other = draw(st.sampled_from(names[-3:])), draw(st.sampled_from(names))
        count = draw(st.integers(2, 5))
        made = f"v{index}"
        kind = draw(st.sampled_from(["step"] * 4 + ["loop", "streams", "middle", "train"]))
        told = {"s": source, "t": other, "n": count, "i": index}
        if kind == "loop":
            lines.append(f"{made} = " + draw(st.sampled_from(LOOPS)).format(**told))
        elif kind == "streams":
            start, block = draw(st.sampled_from(STREAMS))
            label = draw(st.sampled_from(["", f"fuse{index}.{{j}}: "]))
            lines.append(f"s{index} = {start.format(**told)}")
            lines.append(f"for j in 0..{count} {{ s{index} = {label}{block}(s{index}) }}")
            lines.append(f"{made} = s{index}[0] -> tanh")
        elif kind == "middle":
            lines.append(f"{source} -> rep{index}: {{ {count} * skip(8) }}")
            lines.append(f"{made} = add(rep{index}[{draw(st.integers(0, count - 1))}], {source})")
        elif kind == "train":
            lines.append(f"train output t{index}: {source} -> conv(3, 1x1)")
            continue
        else:
            lines.append(f"{made} = " + draw(st.sampled_from(STEPS)).format(**told))
        names.append(made)
    if len(names) == 1:
        lines.append("v0 = x -> plain(8)")
        names.append("v0")
    given = draw(st.lists(st.sampled_from(names[1:]), max_size=2, unique=True))
    given = list(dict.fromkeys([*given, names[-1]]))
    lines += [f"output o{index}: {name} -> tanh" for index, name in enumerate(given)]
    if any(line.endswith((" shared", " shared -> relu")) for line in lines):
        lines.insert(0, "module shared: conv(8, 3x3, padding=1)")
    body = "\n    ".join(lines)
    return f"{BLOCKS}\nmodel m {{ input x: 8x8x8\n    {body} }}"
