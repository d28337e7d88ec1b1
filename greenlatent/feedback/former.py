"""Former: options that Feedback had in version 0.1, why each went, and how a journal told of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

# Option -> what it is now.
FORMER: dict[str, Any] = {
    "strength": 0.5,
    "cap": 0.5,
    "ramp": 50,
    "half_life": 300,
    "share": 0.25,
    "anchor": 0.0,
    "loss": None,
}
WHY = {
    "strength": "a drag to a class is a label now, and no strength of the pull that it was came near one",
    "cap": "what is left of the pulls needs no other than half of the task's gradient",
    "ramp": "what is left of the pulls was no better for another rise",
    "half_life": "a pull that fades holds nothing: a drag to a class is a label now, which does not fade",
    "share": "dragged samples take a quarter to a half of a contrast step and count in the task loss",
    "anchor": "holding other samples in place changed no accuracy",
    "loss": "both sides of a contrast must move, and a foreign loss moved one, against constants",
}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Former options that somebody gave, each with a warning; they count for one release."""
    for name in given:
        if name not in WHY:
            raise TypeError(
                f"Feedback got an unknown option {name!r}; it takes contrast, every and temperature"
            )
        warnings.warn(
            f"Feedback({name}=...) goes with the next release: {WHY[name]}", DeprecationWarning, stacklevel=3
        )
    found = FORMER | dict(given)
    if found["ramp"] < 1 or found["half_life"] < 1 or not 0 < found["share"] <= 0.5:
        raise ValueError("ramp and half_life count steps from 1 up; share is at most 0.5")
    if not found["cap"] > 0:
        raise ValueError(
            f"cap is a share of the task's gradient above 0, got {found['cap']}; strength=0 stops all pulls"
        )
    return dict(given)


def words_of(words: str) -> dict[str, Any] | None:
    """The options that a header of version 0.1 told in words; None for words of another version."""
    parts = dict(part.split(" ", 1) for part in words.split(", ") if " " in part)
    names = ("every", *(name for name in FORMER if name != "loss"))
    if not words.startswith("strength ") or not all(name in parts for name in names):
        return None
    return {name: float(parts[name]) for name in names}
