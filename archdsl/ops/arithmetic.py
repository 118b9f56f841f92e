"""The output-size formulas, each written once.

They use nothing but integer arithmetic and comparison, so the same lines serve Python integers
and arrays of candidate sizes alike. All sizes are in elements along one spatial axis.
"""

from math import floor

__all__ = ["conv_size", "pool_size", "scaled_size", "transposed_size", "unpool_size"]


def conv_size(n: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Output size of a convolution, rounded down.

    ``floor((n + 2 padding - dilation (kernel - 1) - 1) / stride) + 1``
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html)

    >>> conv_size(224, kernel=7, stride=2, padding=3, dilation=1)
    112
    """
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def pool_size(
    n: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> int:
    """Output size of a pooling window.

    With ``ceil_mode`` the division rounds up, but a window may not start in the right padding
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html).

    >>> pool_size(112, 3, 2, 0, 1, ceil_mode=True), pool_size(112, 3, 2, 0, 1, ceil_mode=False)
    (56, 55)
    """
    if not ceil_mode:
        return conv_size(n, kernel, stride, padding, dilation)
    out = -((dilation * (kernel - 1) + 1 - n - 2 * padding) // stride) + 1
    return out - ((out - 1) * stride >= n + padding)


def transposed_size(
    n: int, kernel: int, stride: int, padding: int, output_padding: int, dilation: int
) -> int:
    """Output size of a transposed convolution.

    ``(n - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1``
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html)

    >>> transposed_size(28, kernel=2, stride=2, padding=0, output_padding=0, dilation=1)
    56
    """
    return (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1


def unpool_size(n: int, kernel: int, stride: int, padding: int) -> int:
    """Output size of max-unpooling: ``(n - 1) stride - 2 padding + kernel``
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html).

    >>> unpool_size(7, kernel=2, stride=2, padding=0)
    14
    """
    return (n - 1) * stride - 2 * padding + kernel


def scaled_size(n: int, factor: float) -> int:
    """Output size of an upsampling: ``floor(n factor)``
    (https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html).

    >>> scaled_size(7, 2), scaled_size(7, 1.5)
    (14, 10)
    """
    if isinstance(factor, int):
        return n * factor
    return floor(n * factor)
