"""Steering: what a run may spend, why it is wasteful, and what it spends it on for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..energy.budget import Budget
from ..run.focus import Focused, focus
from ..run.run import Run

if TYPE_CHECKING:  # nothing of it is loaded before somebody asks
    from ..agent.why import Cause


class Steered:
    """What a Lab can be told and asked of a run's joules."""

    run: Run

    @property
    def budget(self) -> Budget | None:
        """What the run may spend, all that the meter counts from the moment it was set; at its end training pauses.

        >>> lab.budget = gl.Budget(joules=500)
        >>> lab.budget.raise_to(joules=800)
        """
        return self.run.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        self.run.budget = budget

    def why(self) -> tuple[Cause, ...]:
        """What this run may waste joules on: its data, its architecture or its input, each with a number, its bound,
        what it costs to make sure, and the next step. `found` is None where nobody can tell, as before epoch 2.

        >>> print(*lab.why(), sep="\n")
        """
        from ..agent.why import why

        return self.run.runner.call(lambda: why(self.run))

    def focus(
        self,
        group: str | None = None,
        value: Any = None,
        *,
        until: float = 0.9,
        weight: float = 3,
        floor: float = 0.02,
        budget: Budget | None = None,
        progress: Callable[[float], bool | None] | None = None,
    ) -> Focused:
        """Train with one group met `weight` times an epoch until its validation accuracy is `until`; without a name,
        the worst by loss. It ends before that where the overall accuracy is more than `floor` lower for two epochs,
        where `budget` is spent, or, without one, after as many steps as the run had (at least ten epochs); then the
        group counts as before.

        >>> print(lab.focus("class", "8", until=0.95))
        """
        if self.run.runner.running:
            raise RuntimeError("training is running: pause() first, then focus")
        return self.run.runner.call(
            lambda: focus(
                self.run,
                group,
                value,
                until=until,
                weight=weight,
                floor=floor,
                budget=budget,
                progress=progress,
            )
        )
