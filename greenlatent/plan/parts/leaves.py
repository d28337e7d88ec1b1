"""Leaves: a problem that is split into several, one after another, each with data, metric and estimate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..estimate import Estimate
from .part import Holder, Part

if TYPE_CHECKING:
    from .situation import Situation


@dataclass(frozen=True)
class Leaf:
    """A part of a problem: its own task and metric on the plan's data, unless they are set anew."""

    task: str
    plan: Any

    @property
    def situation(self) -> Situation:
        own = self.plan.leaf(self.task)
        task = self.plan.knowledge.tasks[self.task]
        found = self.plan.situation.having(
            {"task": self.task, "metric": task.metrics[0], "model": None, **own}
        )
        return found

    @property
    def metric(self) -> str:
        return str(self.situation["metric"])

    @property
    def estimate(self) -> Estimate | None:
        """Of this leaf; None where no model of the package does it."""
        return self.situation.estimate

    def set(self, **fields: Any) -> None:
        """Fields of any part for this leaf alone."""
        known = self.plan.knowledge
        found = {}
        for name, value in fields.items():
            if name not in known.fields:
                raise TypeError(f"a leaf has no field {name!r}; its fields: {', '.join(known.fields)}")
            found[name] = known.checked(known.fields[name].part, name, value)
        self.plan.say_leaf(self.task, found)

    def __str__(self) -> str:
        found = self.estimate
        return f"{self.task}, by {self.metric}: {found if found is not None else self.situation.priced}"


class Problem(Part):
    """What is to be done, how right it has to be, and how often."""

    def __init__(self, plan: Holder, leaves: Callable[[tuple[str, ...] | None], list[Leaf]]) -> None:
        super().__init__(plan, "problem")
        self._leaves = leaves

    def split(self, *tasks: str) -> list[Leaf]:
        """Make it several problems, one after another; each is a leaf with a task, metric and estimate of its own.

        How the test is set apart, the field of this name, is `plan.problem.field("split")`.
        """
        for task in tasks:
            self._plan.knowledge.checked("problem", "task", task)
        if len(set(tasks)) < 2 or len(set(tasks)) < len(tasks):
            raise ValueError(f"split{tasks!r}; give two tasks or more, each once")
        return self._leaves(tasks)

    @property
    def leaves(self) -> list[Leaf]:
        """Of a problem that was split; else none."""
        return self._leaves(None)
