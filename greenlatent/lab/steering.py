"""Steering: what a run may spend, why it is wasteful, and what it spends it on for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..energy.budget import Budget
from ..run.focus import Focused, focus
from ..run.labour import Labour
from ..run.run import Run
from ..widgets.widget import Widget

if TYPE_CHECKING:  # nothing of it is loaded before somebody asks
    from ..agent.why import Cause
    from ..tactics.advisor import Advised


class Steered:
    """What a Lab can be told and asked of a run's joules."""

    run: Run
    _dashboard: Any

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

    @property
    def ranks(self) -> int:
        """How many processes train together; may be set, as to 1 where another one is gone for good: see
        docs/scale.md."""
        return self.run.trainer.ranks

    @ranks.setter
    def ranks(self, ranks: Any) -> None:
        self.run.trainer.ranks = ranks

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

    def labour(self, hourly_rate: float, tariff: float) -> Labour:
        """Wages for the seconds that people gave to edits against energy, at so much money an hour and a kilowatt-hour;
        after a comparison also how many trainings with the edits it takes until their saving has paid the wages.

        >>> print(lab.labour(hourly_rate=30, tariff=0.3))
        """
        run = self.run
        return Labour.of(run.journal, run.meter.total, run.comparison, hourly_rate, tariff)

    @property
    def advice(self) -> Advised:
        """What `advise` found last; `lab.advice.looked_at` has all candidates, and why they were left."""
        from ..tactics.advisor import Advised

        return self._dashboard.panels.advising.found or Advised()

    def advise(
        self,
        steps: int | None = None,
        answers: int = 0,
        margin: float = 0.01,
        *,
        progress: Callable[[float], bool | None] | None = None,
    ) -> Advised:
        """What would save joules of a plan of so many steps and answers, best first; it trains nothing and changes
        nothing. Without `steps`, the plan is what is granted or what a budget allows. `margin` is the accuracy that may
        be lost. It takes about 2 % of the plan, or five steps a candidate; `progress(share)` may end it by False.

        >>> print(lab.advise(steps=2_000))
        >>> lab.advice[0].rehearse()
        """
        given = {"answers": answers, "margin": margin, "progress": progress}
        return self.run.runner.call(lambda: self._dashboard.panels.advising.advise(steps, **given))


class Steering:
    """The same for the page: what it asks for, on the run's thread, and what it is told."""

    def __init__(self, run: Run, widget: Widget):
        self.run, self._widget = run, widget
        self._told: dict[str, Any] = {"causes": [], "focus": ""}

    def why(self) -> None:
        """Ask, and tell the three causes."""
        from ..agent.why import why

        causes = [
            {
                "about": cause.about,
                "found": cause.found,
                "number": ""
                if cause.found is None
                else f"{cause.number:.0%}, the bound is {cause.bound:.0%}",
                "text": cause.text,
                "next": cause.next,
            }
            for cause in why(self.run)
        ]
        self._tell(causes=causes)

    def focus(self, name: str, value: str) -> None:
        """Focus on a group, with what is usual, and tell how it ended."""
        with self.run.progress.doing(f"Focusing on {name} {value}") as going:
            given: dict[str, Any] = {"until": 0.9, "weight": 3, "floor": 0.02, "budget": None}
            found = focus(self.run, str(name), value, by="human", progress=going, **given)
        self._tell(focus=str(found))

    def _tell(self, **told: Any) -> None:
        self._told = self._told | told
        self._widget.set_panel("steering", self._told)
