"""Alternatives: what else there is in each part, and what it would take; none breaks a limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..conflicts.conflict import RULES
from ..conflicts.data import half_of_the_rows
from ..conflicts.finding import smaller
from ..facts.tables import table
from .changes import Change
from .situation import Situation

MOST = 2  # of each part
LESS = 0.99  # times the joules that something else has to take to be said
Do = Callable[[Mapping[str, Any]], Any]
_Idea = tuple[str, Mapping[str, Any], str, tuple[str, ...]]
UNKNOWN = "accuracy not known"


def alternatives(part: str, s: Situation, do: Do) -> list[Change]:
    """Two of a part at the most, in the order of what is preferred: speed, or what keeps accuracy."""
    if s.estimate is None:
        return []
    ideas = {"data": _data, "problem": _problem, "environment": _environment}[part](s)
    before = broken(s)
    found = []
    for words, fields, price, cases in ideas:
        then = s.having(fields)
        if then.estimate is None:
            continue
        ratio = then.estimate.joules / s.estimate.joules
        greener = "region" in fields
        if (ratio.value < LESS or greener) and broken(then) <= before:
            found.append(Change(words, fields, ratio, price, cases, do))
    if s["prefer"] == "speed":
        found.sort(key=lambda each: each.what.value if each.what else 1.0)
    return found[:MOST]


def broken(s: Situation) -> set[str]:
    """The rules that have something to say."""
    return {name for name, rule in RULES.items() if rule(s) is not None}


def points(s: Situation, then: Situation) -> str:
    """What a change costs in accuracy, where a rehearsal can tell."""
    a, b = s.accuracy(s.name), then.accuracy(then.name)
    if a is None or b is None:
        return UNKNOWN
    return f"{100 * (b.value - a.value):+.1f} points by what was rehearsed"


def _data(s: Situation) -> list[_Idea]:
    found: list[_Idea] = []
    if s["duplicates"] and s["rows"] and s["rows"] > s["duplicates"]:
        fields = {"rows": s["rows"] - s["duplicates"], "duplicates": 0}
        found.append(("no copies", fields, points(s, s.having(fields)), ()))
    if s["rows"] and s["rows"] >= 200:
        fields = half_of_the_rows(s)
        told = points(s, s.having(fields))
        seen = "F1 0.908 to 0.894 for a forest elsewhere" if told == UNKNOWN else told
        found.append(
            ("half of the rows", fields, seen, ("ict4s22/forest/1950x8169",) if told == UNKNOWN else ())
        )
    if isinstance(s["features"], int) and s["features"] >= 8:
        told = "F1 0.909 to 0.899 for a forest, 0.734 to 0.026 for kNN elsewhere, with a tenth"
        found.append(
            ("half of the features", {"features": s["features"] // 2}, told, ("ict4s22/knn/3900x817",))
        )
    if s["replicas"] and s["replicas"] > 1 and s["gigabytes"]:
        found.append(("one copy fewer", {"replicas": s["replicas"] - 1}, "accuracy stays", ()))
    return found


def _problem(s: Situation) -> list[_Idea]:
    found: list[_Idea] = []
    if s["retrain"] and s["retrain"] >= 2:
        found.append(("trained again half as often", {"retrain": s["retrain"] / 2}, UNKNOWN, ()))
    if s["trials"] and s["trials"] >= 2:
        found.append(("half as many trials", {"trials": s["trials"] // 2}, UNKNOWN, ()))
    found += [
        (words.removeprefix("Use "), change, points(s, s.having(change)), ())
        for words, change in smaller(s)[:2]
    ]
    if s["epochs"] and s["epochs"] >= 2:
        found.append((f"{s['epochs'] / 2:g} epochs", {"epochs": s["epochs"] / 2}, UNKNOWN, ()))
    return found


def _environment(s: Situation) -> list[_Idea]:
    found: list[_Idea] = []
    if s["processes"] and s["processes"] > 1:
        found.append(("one process", {"processes": 1}, "accuracy stays", ()))
    if s["pue"] is not None and s["place"] == "data centre":
        found.append(
            (f"cooled as Google's: {table('pue')['Google'].value:g}", {"pue": "Google"}, "accuracy stays", ())
        )
    if s["region"] and s.region_known and not s["stays_in"]:
        for code, name in (("SWE", "Sweden"), ("FRA", "France")):
            there = s.having({"region": code}).estimate
            if there is None or there.grams is None or s.estimate is None or s.estimate.grams is None:
                continue
            ratio = there.grams.value / s.estimate.grams.value if s.estimate.grams.value else 1.0
            if ratio < 0.95:
                found.append((f"in {name}: x{ratio:.2f} of the grams", {"region": code}, "joules stay", ()))
    return found
