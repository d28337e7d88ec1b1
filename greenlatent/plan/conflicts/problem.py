"""Rules about what is wanted: its metric, its target, a person who looks, and what is not known yet."""

from __future__ import annotations

from statistics import median

from ..cases.cases import FEW, reached
from ..models.sizes import named
from ..parts.situation import Situation
from .data import chance
from .finding import Proposal, Remark, by_number, keep


def metric_of_another_task(s: Situation) -> Remark | None:
    if s.task is None or s["metric"] is None or s["metric"] in s.task.metrics:
        return None
    fixes = [(f"Measure by {name}", {"metric": name}) for name in s.task.metrics]
    tasks = [name for name, task in s.knowledge.tasks.items() if s["metric"] in task.metrics]
    fixes += [(f"Make the task {name}", {"task": name}) for name in tasks[:1]]
    return Remark(f"{s['metric']} is no measure of {s.task.expert}.", s.joules, tuple(fixes))


def target_below_chance(s: Situation) -> Remark | None:
    lucky = chance(s)
    if s["target"] is None or lucky is None or s["metric"] not in (None, "accuracy") or s["target"] > lucky:
        return None
    fixes: list[Proposal] = [("Set no target", {"target": None})]
    if lucky < 0.99:
        better = round(lucky + (1 - lucky) / 2, 3)
        fixes.insert(0, (f"Aim at {better:g}", {"target": better}))
    words = (
        f"{s['target']:g} is reached without learning: always saying the commonest class gives {lucky:.3g}."
    )
    return Remark(words, s.joules, tuple(fixes))


def target_above_others(s: Situation) -> Remark | None:
    if s["target"] is None or s["task"] is None or s.kept.get("target_above_others") == s["target"]:
        return None
    metric = s["metric"] or "accuracy"
    alike = [case for case in s.near if case.phase == "train" and s["kind"] in (None, case.data.get("kind"))]
    found = reached(alike, metric)
    above = sum(value < s["target"] for value in found)
    if len(found) < FEW or above < len(found) * 0.75 or s["target"] <= max(found):
        return None
    middle, best = median(found), max(found)
    fixes = [
        (f"Plan {value:.3g}", {"target": float(f"{value:.3g}")})
        for value in dict.fromkeys((_under(best), _under(middle)))
        if value > (chance(s) or 0)
    ]
    words = (
        f"The target is above what {above} of {len(found)} similar cases reached "
        f"(median {middle:.3f}, most {best:.3f})."
    )
    return Remark(words + _last_points(s), s.joules, (*fixes, keep("target_above_others", s["target"])))


def _under(value: float) -> float:
    """To three digits, and not above it."""
    return int(value * 1000) / 1000


def _last_points(s: Situation) -> str:
    """What the last points cost among candidates of which accuracy is known."""
    known = _known(s)
    if len(known) < 2:
        return ""
    known.sort()
    (before, _, low), (after, name, high) = known[-2:]
    if high - low <= 0:
        return ""
    return f" From {before:.3f} to {after:.3f}, with {name}, takes {by_number(high - low)} J more."


def _known(s: Situation) -> list[tuple[float, str, float]]:
    found = []
    for model, size in s.candidates:
        name = named(model, size)
        accuracy = s.accuracy(name)
        if accuracy is not None:
            try:
                found.append((accuracy.value, name, s.price(model, size).joules.value))
            except ValueError:
                continue
    return found


def safety_without_a_person(s: Situation) -> Remark | None:
    if not s["safety"] or s["supervised"]:
        return None
    fixes = (
        ("A person looks at its answers", {"supervised": True}),
        ("Nobody comes to harm", {"safety": False}),
    )
    words = (
        "Somebody may come to harm, and no person looks at its answers. Less than the target is not offered."
    )
    return Remark(words, s.joules, fixes)


def too_unsure_to_choose(s: Situation) -> Remark | None:
    known = sorted(_known(s), reverse=True)[:2]
    if len(known) < 2:
        return None
    ends = [s.accuracy(name) for _, name, _ in known]
    first, second = ends
    if first is None or second is None or second.high < first.low:
        return None
    names = " and ".join(name for _, name, _ in known)
    words = f"Which of {names} is right more often is too unsure to choose by: their intervals overlap."
    stake = abs(known[0][2] - known[1][2])
    return Remark(words, stake, (("Rehearse both on a larger share", {}),), asks=True)


def accuracy_not_known(s: Situation) -> Remark | None:
    if s["target"] is None or s["task"] not in (None, "classify") or _known(s):
        return None
    words = f"Whether {s['target']:g} is reached is not known: no candidate was tried on these data."
    return Remark(words, s.joules, (("Rehearse the candidates on an eighth of the rows", {}),), asks=True)
