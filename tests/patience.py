"""How long a test waits for what is ready at once on a machine that has nothing else to do."""

from __future__ import annotations

__all__ = ["PATIENCE"]

PATIENCE = 600
"""Seconds after which a process or a server hangs. A busy machine needs a good part of them to
import PyTorch; no test is about how many it needs."""
