"""What is wrong, where, what it should be, and how to mend it."""

from archdsl.diagnostics.codes import CODES, LINTS
from archdsl.diagnostics.model import ArchError, Diagnostic, Edit, Fix, Label, Severity

__all__ = ["CODES", "LINTS", "ArchError", "Diagnostic", "Edit", "Fix", "Label", "Severity"]
