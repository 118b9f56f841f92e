"""Chance is the same at every run: what is red today was changed today.

Property tests draw new examples where they are asked to, as the nightly run does:
``pytest -m hypothesis --hypothesis-profile chance``. None of them is about seconds.
"""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

settings.register_profile(
    "chance", derandomize=False, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("same", settings.get_profile("chance"), derandomize=True, database=None)
settings.load_profile("same")


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """The numbers and texts that modules are written with are tried too, and which modules are
    imported depends on the tests before."""
    if settings.default is not None and settings.default.derandomize:
        providers._get_local_constants = providers.Constants


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """What a test draws from PyTorch does not depend on the tests before it either."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
