"""The machine that expands a spec: its parts, and what they share."""

from __future__ import annotations

from collections.abc import Mapping

from archdsl.graph.assembly import Assembly
from archdsl.graph.containers import Containers
from archdsl.graph.expressions import Expressions
from archdsl.graph.frames import Frames
from archdsl.graph.graph import InitRule
from archdsl.graph.labels import Labels
from archdsl.graph.limits import Budget
from archdsl.graph.operators import Operators
from archdsl.graph.ports import Ports
from archdsl.graph.requirements import Requirements
from archdsl.graph.shared import SharedModules
from archdsl.graph.statements import Statements
from archdsl.graph.steps import Steps
from archdsl.graph.usage import Usage
from archdsl.ops import Shape
from archdsl.source import Span

__all__ = ["Machine"]


class Machine:
    """Everything that one expansion needs.

    With ``tracing`` the integers that parameters and channels stand for remember where they
    came from (:class:`Symbol`), for the compiler.
    """

    def __init__(
        self,
        assembly: Assembly,
        budget: Budget,
        *,
        input_shapes: Mapping[str, Shape],
        tracing: bool = False,
    ) -> None:
        self.assembly = assembly
        self.reporter = budget.reporter
        self.tracing = tracing
        self.training = True  # whether the outputs that only training has are made
        self.input_shapes = dict(input_shapes)
        self.budget = budget
        self.usage = Usage(budget.reporter)
        self.labels = Labels(self)
        self.frames = Frames(self)
        self.statements = Statements(self)
        self.ports = Ports(self)
        self.expressions = Expressions(self)
        self.steps = Steps(self)
        self.operators = Operators(self)
        self.containers = Containers(self)
        self.shared = SharedModules(self)
        self.requirements = Requirements(self)
        self.init_places: list[tuple[InitRule, Span]] = []
        self.failed_outputs: set[str] = set()
        self.left_out: set[str] = set()  # what outputs make that only training has, without it
        self.lost_inputs = False  # whether an input could not be made; that was told
