"""Break-even: after how many answers a model that is dearer to make and cheaper to ask has paid."""

from __future__ import annotations

import logging
import math

from ..energy.joules import Joules, Ratio, total
from .estimate import Estimate
from .facts.amount import Amount

log = logging.getLogger(__name__)


def break_even(a: Estimate, b: Estimate) -> Amount | None:
    """After how many answers the one that is dearer to make and cheaper to ask has paid; None if it never does."""
    for each in (a, b):
        if not isinstance(each, Estimate):
            raise TypeError(
                f"break_even(a, b) takes two estimates, not {each!r}; plan.estimate(...) makes one"
            )
    fixed = [
        total([j for name, j in each.stages.items() if name not in ("answer", "cooling")]) for each in (a, b)
    ]
    dear, cheap = (0, 1) if fixed[0].value >= fixed[1].value else (1, 0)
    answers = [a.answer, b.answer]
    if answers[dear].value >= answers[cheap].value:
        names = f"{(a, b)[dear].name} costs more to make than {(a, b)[cheap].name}"
        log.warning("%s and no less to ask, so it never has paid, after however many answers", names)
        return None
    ratio = Ratio.of(_less(fixed[dear], fixed[cheap]), _less(answers[cheap], answers[dear]))
    return Amount(ratio.value, ratio.low, ratio.high if math.isfinite(ratio.high) else math.inf, "answers")


def _less(a: Joules, b: Joules) -> Joules:
    """A difference that is not below 0: errors that both share count by how far they differ."""
    value = max(a.value - b.value, 0.0)
    shared = {}
    for name in {*a.shared, *b.shared}:
        (ad, au), (bd, bu) = a.shared.get(name, (0.0, 0.0)), b.shared.get(name, (0.0, 0.0))
        shared[name] = abs(ad - bd), abs(au - bu)
    own = math.hypot(a.own[0], b.own[1]), math.hypot(a.own[1], b.own[0])
    return Joules.of(value, own, shared)
