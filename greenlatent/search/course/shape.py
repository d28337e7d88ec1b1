"""Shape: whether a line of a record is one that a search writes; a record may come from anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..choices.space import Space

MOST_RUNGS = 64  # each is twice as far as the one before, and a plan is long before the last
MOST = 2**53  # what JSON can count to exactly
LONGEST = 10_000  # letters of a text


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _measure(value: Any) -> bool:
    """A loss may be infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST


def _all(key: Callable[[Any], bool], value: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda told: isinstance(told, dict) and all(key(k) and value(v) for k, v in told.items())


def _list(value: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda told: isinstance(told, list) and all(map(value, told))


def _maybe(value: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda told: told is None or value(told)


def _look(told: Any) -> bool:
    """What was seen, and the rung that it reached, if any."""
    return (
        isinstance(told, list)
        and len(told) == 2
        and _numbers(told[0])
        and _count(told[0].get("passes"))
        and (told[1] is None or (_count(told[1]) and told[1] < MOST_RUNGS))
    )


def _joules(told: Any) -> bool:
    """A value, both ends, and shares of how it is known."""
    return (
        isinstance(told, list)
        and len(told) == 4
        and all(map(_number, told[:3]))
        and 0 <= told[1] <= told[0] <= told[2]
        and _numbers(told[3])
    )


_numbers = _all(_text, _measure)
_named = _all(_text, lambda value: True)  # what the space says of its values is looked at elsewhere

FIELDS: dict[str, Callable[[Any], bool]] = {
    "n": _count, "passes": _count, "to": _count, "plan": _count, "seed": _count, "fault": _count,
    "spent": _number, "ahead": _number, "joules": _number, "reserved": _number, "price": _maybe(_number),
    "by": _text, "why": _text, "as": _text, "make": _text, "samples": _text, "sampler": _text, "rungs": _maybe(_text),
    "names": _list(_text), "want": _list(_text), "limits": _numbers, "measured": _numbers,
    "factor": lambda told: _count(told) and told >= 2,
    "firmly": lambda told: isinstance(told, bool), "looks": _list(_look),
    "values": _named, "ranges": _named, "space": _named,
    "energy": _all(_text, _joules),
}  # fmt: skip
# what a search writes in each kind of line, and no line without it
NEEDED = {
    "header": "samples space plan rungs seed sampler want limits make",
    "start": "spent ahead", "tick": "spent ahead", "pause": "", "close": "", "charge": "joules",
    "begin": "n values by", "propose": "n values by", "price": "n joules",
    "slice-begin": "n to reserved", "slice": "n passes joules looks", "lost": "n why fault", "failed": "n why joules",
    "narrow": "ranges firmly", "widen": "names", "stop": "n by", "promote": "n", "undo": "by",
}  # fmt: skip


def check(line: dict[str, Any]) -> None:
    """Raise where this is no line of a search."""
    needed = NEEDED.get(line["do"])
    if needed is None:
        raise ValueError(f"a search does nothing that is called {line['do']!r:.60}")
    for name in needed.split():
        if name not in line:
            raise ValueError(f"{line['do']} needs {name}")
    for name, value in line.items():
        if name in FIELDS and not FIELDS[name](value):
            raise ValueError(f"{name}={value!r:.60} cannot be")
    seconds = line.get("seconds")  # of each kind of work in a slice, since the beginning elsewhere
    if seconds is not None and not (_numbers if line["do"] == "slice" else _number)(seconds):
        raise ValueError(f"seconds={seconds!r:.60} cannot be")


def check_choices(line: dict[str, Any], space: Space, begun: int) -> None:
    """Raise where a line is about a candidate that is not there, or about values that this space has not."""
    if line["do"] in ("begin", "propose"):
        if line["n"] != begun:
            raise ValueError(f"candidate {line['n']} follows {begun - 1}")
        if set(line["values"]) != set(space.axes):
            raise ValueError(f"values={line['values']!r:.60} are not of this space")
        return
    if "n" in line and line["n"] >= begun:
        raise ValueError(f"there is no candidate {line['n']} yet")
    if line["do"] == "narrow":
        space.narrowed({name: ranged(to) for name, to in line["ranges"].items()})


def ranged(to: Any) -> Any:
    """A range from JSON is a tuple again."""
    if not isinstance(to, dict | list):
        raise ValueError(f"{to!r:.60} is no range and no list of choices")
    return to["of"] if isinstance(to, dict) else tuple(to)
