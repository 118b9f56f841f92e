"""How an `init` rule can fill a parameter: the functions of torch.nn.init and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["INITIALISERS", "Initialiser"]


@dataclass(frozen=True, slots=True)
class Initialiser:
    """A function that fills a tensor in place: its arguments after the tensor, and its source
    where it is not one of torch.nn.init. In Python its name ends in an underscore."""

    arguments: tuple[str, ...] = ()
    support: str = ""

    def callee(self, name: str) -> str:
        """What generated source calls.

        >>> INITIALISERS["zeros"].callee("zeros"), INITIALISERS["bilinear"].callee("bilinear")
        ('nn.init.zeros_', 'bilinear_')
        """
        return f"{name}_" if self.support else f"nn.init.{name}_"


BILINEAR = '''\
def bilinear_(weight: torch.Tensor) -> torch.Tensor:
    """Makes a transposed convolution interpolate each channel linearly (Long et al. 2015)."""
    kernel = torch.ones(())
    for n in weight.shape[2:]:
        factor = (n + 1) // 2
        centre = factor - 1 if n % 2 else factor - 0.5
        kernel = kernel.unsqueeze(-1) * (1 - (torch.arange(n) - centre).abs() / factor)
    channel = torch.arange(len(weight))
    with torch.no_grad():
        weight.zero_()[channel, channel % weight.shape[1]] = kernel.to(weight)
    return weight
'''

_KAIMING = Initialiser(("a", "mode", "nonlinearity"))
_GAIN = Initialiser(("gain",))

INITIALISERS = {
    "bilinear": Initialiser(support=BILINEAR),
    "constant": Initialiser(("val",)),
    "dirac": Initialiser(),
    "kaiming_normal": _KAIMING,
    "kaiming_uniform": _KAIMING,
    "normal": Initialiser(("mean", "std")),
    "ones": Initialiser(),
    "orthogonal": _GAIN,
    "trunc_normal": Initialiser(("mean", "std", "a", "b")),
    "uniform": Initialiser(("a", "b")),
    "xavier_normal": _GAIN,
    "xavier_uniform": _GAIN,
    "zeros": Initialiser(),
}
"""By name in the language, without the trailing underscore."""
