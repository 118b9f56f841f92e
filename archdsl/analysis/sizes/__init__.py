"""Which input sizes are legal: an exact answer, from the formulas of the check.

It is computed with numpy, which the base installation leaves out.
"""

from archdsl.extras import needs

with needs("sizes", "numpy"):
    from archdsl.analysis.sizes.answer import AxisSizes, Output, Sizes, sizes
    from archdsl.analysis.sizes.region import TooIntricate
    from archdsl.analysis.sizes.sets import SizeSet

__all__ = ["AxisSizes", "Output", "SizeSet", "Sizes", "TooIntricate", "sizes"]
