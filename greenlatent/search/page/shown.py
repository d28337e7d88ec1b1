"""Shown: what there is to show of a search, as plain values and words. No widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...energy.joules import total
from ...energy.names import plain
from ..choices.space import Range
from ..course.candidate import Candidate
from ..course.course import HAND, Course, Event
from ..course.rungs import undominated
from ..driver import Driver

# What a candidate is called by, in the order of their colours; the last are all those that ended before the plan.
STANDINGS = ("running", "front", "paused", "whole run", "ended")
WORDS = {
    "train": "training",
    "evaluate": "looks",
    "make": "making",
    "save": "saving",
    "choose": "choosing",
    "waiting": "waiting",
    "other": "other",
}
DECISIONS = 60  # of the newest that are shown


@dataclass(frozen=True)
class CandidateRow:
    """A candidate in words."""

    n: int
    state: str
    values: str
    measure: str
    joules: str
    alive: bool
    looked: bool
    fault: str = ""


@dataclass(frozen=True)
class SearchShown:
    """All of it at one moment; taken under the record's lock, so that it is of one piece."""

    running: bool
    reason: str
    share: float  # of the budget, 0 where there is none
    bar: str
    parts: str  # where the joules went
    notes: tuple[str, ...]
    how: tuple[str, ...]  # joules are known
    rows: tuple[CandidateRow, ...]  # best first
    places: np.ndarray  # (candidates, axes), as values
    points: np.ndarray  # (candidates, 2): joules by their logarithm, and the measure
    standings: np.ndarray  # places in STANDINGS
    region: Mapping[str, tuple[Any, bool]]
    narrowed: tuple[tuple[str, str, bool], ...]  # name, words, firmly
    undo: str
    decided: tuple[str, ...]  # newest first


def measure_of(driver: Driver) -> str:
    return driver.aims.want[0] if driver.aims.want[0] in ("accuracy", "loss") else "accuracy"


def axes_of(driver: Driver) -> dict[str, Any]:
    """The axes of the picture, and the kind of each where it is none of plain numbers."""
    kinds: dict[str, Any] = {}
    for name, axis in driver.course.space.axes.items():
        if axis.fixed:
            continue
        if isinstance(axis, Range):
            kinds[name] = (axis.low, axis.high, "log") if axis.log else (axis.low, axis.high)
        else:
            kinds[name] = [_word(value) for value in axis.values]
    own = {
        "passes": (max(1, driver.rules.plan // 200), driver.rules.plan, "log"),
        "joules": "log",
        measure_of(driver): None,
    }
    return {**kinds, **{f"{name} reached" if name in kinds else name: kind for name, kind in own.items()}}


def shown(driver: Driver) -> SearchShown:
    with driver.record.lock:
        course, candidates = driver.course, driver.course.candidates
        measure = measure_of(driver)
        standings, front = _standings(driver, measure)
        order = sorted(candidates, key=lambda c: _key(c, measure))
        region = course.region
        share, bar = _budget(driver)
        return SearchShown(
            running=driver.running,
            reason=driver.reason,
            share=share,
            bar=bar,
            parts=_parts(driver),
            notes=tuple(_notes(driver)),
            how=tuple(driver.purse.meter.notes),
            rows=tuple(_row(c, measure, c.n in front) for c in order),
            places=_places(driver, candidates, measure),
            points=_points(candidates, measure),
            standings=standings,
            region=region,
            narrowed=tuple((name, in_words(to), firmly) for name, (to, firmly) in region.items()),
            undo=_said(course.events[course.hand[-1]], course) if course.hand else "",
            decided=_decided(course),
        )


def in_words(to: Any) -> str:
    """A range or some values of a list."""
    if isinstance(to, tuple):
        return f"{short(to[0])} to {short(to[1])}"
    return ", ".join(map(str, to)) if isinstance(to, list) else str(to)


def short(value: Any) -> str:
    """A value as a person would type it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def ranked_value(candidate: Candidate, measure: str) -> float:
    """The more the better; the worst where there was no look."""
    look = candidate.look
    value = math.nan if look is None else float(getattr(look, measure))
    if math.isnan(value):
        return -math.inf
    return -value if measure == "loss" else value


# -- the list -----------------------------------------------------------------------------------------------------


def _key(candidate: Candidate, measure: str) -> tuple[float, float, int]:
    """Best first; among those without a look the newest, which are the ones at work."""
    value = ranked_value(candidate, measure)
    loss = candidate.look.loss if candidate.look is not None else math.inf
    return (-value, loss, candidate.n) if value > -math.inf else (math.inf, 0.0, -candidate.n)


def _row(candidate: Candidate, measure: str, front: bool) -> CandidateRow:
    look = candidate.look
    value = math.nan if look is None else float(getattr(look, measure))
    told = (
        "not looked at" if math.isnan(value) else f"{value:.1%}" if measure == "accuracy" else f"{value:.4g}"
    )
    by = candidate.why.replace("by page", "by you")
    words = {"done": "whole run", "stopped": f"stopped {by}"}
    state = words.get(candidate.state, candidate.state)
    if candidate.wanted and candidate.state == "paused":
        state = "next"
    return CandidateRow(
        candidate.n,
        f"{state}, front" if front else state,
        ", ".join(f"{name} {short(value)}" for name, value in candidate.values.items()),
        told,
        f"{plain(candidate.spent)} J",
        candidate.alive,
        look is not None,
        candidate.why if candidate.state in ("failed", "limited") else "",
    )


# -- the pictures -------------------------------------------------------------------------------------------------


def _places(driver: Driver, candidates: list[Candidate], measure: str) -> np.ndarray:
    names = [name for name, axis in driver.course.space.axes.items() if not axis.fixed]
    listed = {name for name in names if not isinstance(driver.course.space[name], Range)}
    rows = [
        [
            *(_word(c.values[name]) if name in listed else c.values[name] for name in names),
            c.passes or None,
            c.spent or None,
            None if c.look is None else float(getattr(c.look, measure)),
        ]
        for c in candidates
    ]
    return np.array(rows, object).reshape(len(rows), len(names) + 3)


def _points(candidates: list[Candidate], measure: str) -> np.ndarray:
    found = np.full((len(candidates), 2), math.nan)
    for k, candidate in enumerate(candidates):
        look = candidate.look
        if look is not None and look.joules > 0:
            found[k] = math.log10(look.joules), float(getattr(look, measure))
    return found


def _standings(driver: Driver, measure: str) -> tuple[np.ndarray, set[int]]:
    """How each candidate stands; the front is what several aims leave, or what nobody beats for fewer joules."""
    candidates = driver.course.candidates
    if len(driver.aims.want) > 1:
        front = {c.n for c in driver.front}
    else:
        looked = [c for c in candidates if ranked_value(c, measure) > -math.inf and c.look is not None]
        measures = np.array([(ranked_value(c, measure), -c.look.joules) for c in looked if c.look])
        front = {c.n for c, on in zip(looked, undominated(measures), strict=True) if on} if looked else set()
    states = {"running": 0, "paused": 2, "done": 3}
    codes = [
        states["running"] if c.state == "running" else 1 if c.n in front else states.get(c.state, 4)
        for c in candidates
    ]
    return np.array(codes, int), front


def _word(value: Any) -> Any:
    """None is a value of a list as any other, and a picture's gap is None."""
    return "None" if value is None else value


# -- the top line -------------------------------------------------------------------------------------------------


def _budget(driver: Driver) -> tuple[float, str]:
    budget, spent = driver.budget, driver.purse.spent
    if budget is None or (budget.joules is None and budget.seconds is None):
        return 0.0, f"{plain(spent)} J{_point(driver, spent)}"
    if budget.joules is not None:
        share, text = spent / budget.joules, f"{plain(spent)} of {plain(budget.joules)} J"
    else:
        assert budget.seconds is not None
        share = driver.seconds / budget.seconds
        text = f"{driver.seconds:.0f} of {budget.seconds:g} s, {plain(spent)} J"
    return min(share, 1.0), text + _point(driver, spent)


def _point(driver: Driver, spent: float) -> str:
    budget, rise = driver.budget, driver.course.rise
    if budget is None or budget.point is None:
        return ""
    since, allowed = max(0.0, spent - rise.at), budget.point * rise.step * 100
    soon = ": pauses soon" if since > 0.8 * allowed else ""
    return f" · {plain(since)} J since the last half point, you allow {plain(allowed)} J{soon}"


def _parts(driver: Driver) -> str:
    """Shares of what was spent, the largest first, and how they are known."""
    lines = {kind: line for kind, line in driver.purse.lines().items() if line.known and line.value > 0}
    if not lines:
        return ""
    whole = total(list(lines.values()))
    told = sorted(lines.items(), key=lambda item: -item[1].value)
    shares = [(WORDS.get(kind, kind), line.value / whole.value) for kind, line in told]
    modelled = "modelled: " if whole.badges.get("model", 0.0) > 0.5 else ""
    return modelled + ", ".join(f"{name} {share:.0%}" for name, share in shares if share >= 0.005)


def _notes(driver: Driver) -> list[str]:
    from ..results import notes

    how = driver.purse.meter.notes
    found = [note for note in notes(driver) if note not in how]
    if not driver.running and driver.reason:
        found.insert(0, f"Paused: {driver.reason}.")
        budget = driver.budget
        if budget is not None and budget.joules is not None and driver.purse.spent >= budget.joules:
            found[0] += f" search.budget.raise_to(joules={2 * budget.joules:.3g}) and Run go on."
    return found


# -- what was decided ---------------------------------------------------------------------------------------------


def _decided(course: Course) -> tuple[str, ...]:
    in_force = set(course.hand)
    found = []
    for place, event in enumerate(course.events):
        if event["do"] in HAND or event["do"] == "undo":
            who = {"code": "code", "page": "you"}.get(event.get("by", ""), str(event.get("by", "")))
            gone = event["do"] in HAND and place not in in_force
            found.append(
                f"{event.get('seconds', 0):.0f} s, {who}: {_said(event, course)}{' (taken back)' if gone else ''}"
            )
        elif event["do"] == "pause" and event.get("why"):
            found.append(f"paused: {event['why']}")
    return tuple(reversed(found[-DECISIONS:]))


def _said(event: Event, course: Course) -> str:
    """What somebody asked for, in words."""
    if event["do"] == "narrow":
        ranges = {
            name: to["of"] if isinstance(to, dict) else tuple(to) for name, to in event["ranges"].items()
        }
        told = ", ".join(f"{name} {in_words(to)}" for name, to in ranges.items())
        return f"search {'only ' if event['firmly'] else ''}in {told}"
    if event["do"] == "widen":
        return f"search all of {', '.join(event['names'])}"
    if event["do"] == "propose":
        return f"try {', '.join(f'{name} {short(value)}' for name, value in event['values'].items())}"
    if event["do"] == "undo":
        return "took back the newest"
    return f"{ {'stop': 'stop', 'promote': 'further with'}[event['do']] } candidate {event['n']}"
