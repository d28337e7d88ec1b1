"""Event: one line of a journal, and how it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .kinds import Edit, from_json, to_json

FORMAT = 1
DEEDS = ("add", "undo", "redo", "mute", "unmute", "reset", "resume", "slow")


@dataclass(frozen=True)
class Event:
    """One line: an edit added, an earlier line (`of`) undone, redone, muted or unmuted, or the learning rate lowered to
    `rate` of itself."""

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
        if values["do"] == "slow" and not is_share(values.get("rate")):
            raise ValueError(
                f"rate is a share of the learning rate above 0 and below 1, got {values.get('rate')!r}"
            )
        if "edit" in values:
            values["edit"] = from_json(values["edit"])
        return cls(**values)


def is_share(rate: Any) -> bool:
    """Whether this is something to lower a learning rate to: above 0, below 1."""
    return isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < 1
