"""Situation: all that stands at one moment, and what follows from it; rules and fixes ask it, and it never changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from ..costs.devices import peak_of
from ..curves import extrapolated
from ..estimate import Estimate
from ..facts.amount import Amount
from ..facts.knowledge import Knowledge
from ..facts.tables import Fact, look_up, region
from ..models.sizes import named
from ..models.workload import FITS
from ..wanted import HERE
from .tried import names, newest

# Fields of the parts by the keyword that an estimate has for them.
_SAME = (
    *("rows", "classes", "epochs", "batch", "answers", "per", "retrain", "trials", "gigabytes", "replicas"),
    *("years", "pue", "years_used", "share_in_use"),
)
KEYWORDS = {name: name for name in _SAME} | {"processes": "threads"}
AS_IF = "mlp"  # what is priced where no model is named
Pricing = Callable[[str, dict[str, Any]], Estimate]


@dataclass(frozen=True)
class Situation:
    """Values by field, defaults included; None is a field that nobody knows."""

    values: Mapping[str, Any]
    knowledge: Knowledge
    pricing: Pricing
    rehearsed: Mapping[str, Any] = field(default_factory=dict)
    """Candidates that were tried on shares of the rows, by name."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Contradictions that somebody has seen and keeps, with what they were about."""
    cases: Callable[[Situation], list[Any]] = lambda _: []

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def having(self, changes: Mapping[str, Any]) -> Situation:
        """As it would be; a None makes a field unknown."""
        new = dict(self.values)
        new.update({name: value for name, value in changes.items() if name in self.knowledge.fields})
        kept = {name.removeprefix("keep "): v for name, v in changes.items() if name.startswith("keep ")}
        return replace(self, values=new, kept={**self.kept, **kept})

    # -- what it means -------------------------------------------------------------------------------------

    @cached_property
    def task(self) -> Any:
        return self.knowledge.tasks.get(self["task"])

    @property
    def model(self) -> str:
        return self["model"] or AS_IF

    @property
    def name(self) -> str:
        """Of the model with its size."""
        return named(self.model, self["size"])

    @cached_property
    def device(self) -> Fact | None:
        """The row of the table; None for this machine and for what no table knows."""
        return _row("devices", self["device"]) if self["device"] not in (None, HERE) else None

    @property
    def device_known(self) -> bool:
        return self["device"] in (None, HERE) or self.device is not None

    @cached_property
    def region_known(self) -> bool:
        return self["region"] is None or _region(self["region"])

    @cached_property
    def said(self) -> dict[str, Any]:
        """As keywords of an estimate; what no table knows is left out, and is a contradiction."""
        found = {word: self[name] for name, word in KEYWORDS.items() if self[name] is not None}
        shape = self["features"]
        if shape is not None:
            found["features"] = tuple(shape) if isinstance(shape, list) else shape
        if self.task is not None and self.task.name != "classify":
            found.setdefault("classes", 1)
        if self["years"] is None and self["years_kept"] is not None:
            found["years"] = self["years_kept"]
        if self["labelled"] is not None and self["rows"] and self.task is not None and self.task.labels:
            found["rows"] = max(1, round(self["rows"] * self["labelled"]))
        if self.device is not None:
            found["device"] = self.device.name
        if self["region"] is not None and self.region_known:
            found["region"] = self["region"]
        return found

    def price(self, model: str, size: str | None) -> Estimate:
        """Of any model with all else as it stands; ValueError where none can be told."""
        more = {"size": size} if size else {}
        return self.pricing(model, self.said | more)

    @property
    def nothing_does_it(self) -> str:
        """Why the task has no candidate, in words; "" if it has any."""
        if self.task is None or self.task.families:
            return ""
        return "no candidate of this package does that; what others took for an answer is in the cases"

    @cached_property
    def priced(self) -> Estimate | str:
        """The estimate of the model that is named, or of one that stands for it; or why there is none."""
        if self.nothing_does_it:
            return self.nothing_does_it
        try:
            return self.price(self.model, self["size"])
        except ValueError as error:
            return str(error)

    @property
    def estimate(self) -> Estimate | None:
        return None if isinstance(self.priced, str) else self.priced

    @property
    def joules(self) -> float:
        """Of all stages; 0 where there is no estimate."""
        return 0.0 if self.estimate is None else self.estimate.joules.value

    def stage(self, *names: str) -> float:
        stages = {} if self.estimate is None else self.estimate.stages
        return math.fsum(stages[name].value for name in names if name in stages)

    @property
    def a_year(self) -> float:
        """Answers."""
        return 0.0 if self.estimate is None else self.estimate.wanted.answers_a_year

    # -- accuracy ------------------------------------------------------------------------------------------

    @cached_property
    def likeness(self) -> list[Any]:
        """What a rehearsal holds for: other features or classes are other data."""
        return [self["kind"], self["features"], self["classes"]]

    def accuracy(self, name: str, what: str = "accuracy") -> Amount | None:
        """Of a candidate on so many rows, from what was tried on shares; None is not known."""
        told = newest(self.rehearsed, name, self.likeness)
        if told is None or what not in told:
            return None
        whole, rows = told["whole"], round(0.7 * (self["rows"] or told["rows"]))
        if abs(rows - whole) <= 1:
            value, low, high = told[what]
            return Amount(value, low, high, "")
        column = 2 if what == "f1" else 1
        curve = [(int(point[0]), float(point[column])) for point in told["curve"]]
        if not curve or not curve[0][0] <= rows <= 4 * whole:
            return None
        return extrapolated(curve, rows, told["asked"])

    @cached_property
    def near(self) -> list[Any]:
        """Cases that fit."""
        return self.cases(self)

    @property
    def candidates(self) -> list[tuple[str, str | None]]:
        """Families and sizes that could do it, with those that were named or tried."""
        task = self["task"]
        found = self.knowledge.candidates(task, self["kind"])
        if self["model"] and (task is None or self["model"] in self.task.families):
            found += [(self["model"], self["size"])]
        tried = [name.partition(" ") for name in names(self.rehearsed)]
        found += [(model, size or None) for model, _, size in tried if model in self.knowledge.families]
        on_a_card = self.device is not None and self.device.words["kind"] in ("gpu", "tpu", "board")
        return [each for each in dict.fromkeys(found) if not (on_a_card and each[0] in FITS)]

    @property
    def card_without_peak(self) -> bool:
        return self.device is not None and peak_of(self.device, "fp32") is None


def _row(table: str, name: str) -> Fact | None:
    try:
        return look_up(table, name, "device")
    except ValueError:
        return None


@cache
def _region(name: str) -> bool:
    try:
        region(name)
    except ValueError:
        return False
    return True
