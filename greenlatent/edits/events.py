"""Event: one line of a journal, and how it is written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .kinds import Edit, from_json, to_json

FORMAT = 1
DEEDS = ("add", "undo", "redo", "mute", "unmute", "reset", "resume", "slow", "set")
# What may be set in mid-run; threads change how a run computes, the others tell when and by whom something began.
SETTINGS = (
    "threads",
    "budget",
    "stop",
    "skim",
    "watts",
)  # watts: of a card, at most; a replay leaves it as it is
THREADS = 256  # at most: a journal of somebody else may not ask for more of this machine


@dataclass(frozen=True)
class Event:
    """One line: an edit added, an earlier line (`of`) undone, redone, muted or unmuted, the learning rate lowered to
    `rate` of itself, or the setting `name` put to `value` (until an epoch)."""

    n: int
    step: int  # the first step in which it is in force
    t: float  # seconds since 1970
    do: str
    edit: Edit | None = None
    of: int | None = None
    by: str = "code"
    seconds: float | None = None  # how long the person took
    frame: int | None = None  # the step whose picture the person saw
    layer: str | None = None
    stage: str | None = None
    rate: float | None = None
    name: str | None = None
    value: float | None = None
    until: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The event as a line of the file."""
        line = {"v": FORMAT, **{k: v for k, v in vars(self).items() if v is not None}}
        if self.edit is not None:
            line["edit"] = to_json(self.edit)
        return line

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Event:
        """The event that `to_json` wrote."""
        values = {k: v for k, v in line.items() if k != "v"}
        if values.get("do") not in DEEDS:
            raise ValueError(f"there is no event {values.get('do')!r}")
        for name in ("n", "step"):
            if type(values.get(name)) is not int:
                raise ValueError(f"{name} is a number from 0 up, got {values.get(name)!r}")
        if values["do"] == "slow":
            check_slow(values.get("rate"))
        if values["do"] == "set":
            check_setting(values.get("name"), values.get("value"), values.get("until"))
        if "edit" in values:
            values["edit"] = from_json(values["edit"])
        return cls(**values)


def check_setting(name: Any, value: Any, until: Any = None) -> None:
    """Raise unless this may be set in mid-run, to this number, and skim before this epoch."""
    if name not in SETTINGS:
        raise ValueError(f"name is a setting, one of {', '.join(SETTINGS)}, got {name!r}")
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "threads" and not (whole and 1 <= value <= THREADS):
        raise ValueError(f"threads is a number from 1 to {THREADS}, got {value!r}")
    if not whole and not (isinstance(value, float) and math.isfinite(value)):
        raise ValueError(f"{name} is put to a number, got {value!r}")
    if name in ("stop", "budget", "watts") and value < 0:
        raise ValueError(f"{name} is put to a number from 0 up, got {value!r}")
    if name == "skim" and not (is_share(value) or value == 0):
        raise ValueError(
            f"skim is the share of easy samples to leave out, from 0 up and below 1, got {value!r}"
        )
    if until is not None and not (name == "skim" and type(until) is int and until >= 1):
        raise ValueError(
            f"until is the epoch from which skim meets all samples again, from 1 up, got {until!r}"
        )


def is_share(rate: Any) -> bool:
    """Whether this is something to lower a learning rate to: above 0, below 1."""
    return isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < 1


def check_slow(rate: Any) -> None:
    """Raise unless a learning rate may be lowered to so much of itself."""
    if not is_share(rate):
        raise ValueError(f"rate is a share of the learning rate above 0 and below 1, got {rate!r}")
