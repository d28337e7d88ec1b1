"""Rehearsing: a rehearsal within a plan: its price first, then the trying, charged, and learned from."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from ..energy.joules import Joules, total
from ..energy.meter import Meter
from ..energy.sources.model import Model
from .charges import Charges
from .costs.experience import Past
from .costs.speeds import Speeds
from .estimate import Estimate
from .facts.amount import Amount
from .models.workload import FITS
from .rehearsal import (
    Contender,
    Progress,
    Rehearsal,
    Rehearsed,
    Shares,
    few_steps,
    price_of,
    scored,
    seconds_of,
    shares,
)
from .rehearsal import told as told_of


class Rehearsing(Protocol):
    """What a plan has to offer for it."""

    @property
    def speeds(self) -> Speeds: ...
    @property
    def charges(self) -> Charges: ...
    def estimate(self, model: Any, **fields: Any) -> Estimate: ...
    def keep(self, past: Past) -> None: ...
    def tried(self, row: Rehearsed, samples: Any) -> None: ...


# Processor seconds of an import, as measured once on two cores of a cloud's processor.
STARTS = {
    ("sklearn.ensemble", "fits"): 1.3,
    ("torch._dynamo", "nets"): 1.0,
    ("greenlatent.training.trainer", "nets"): 0.3,
}


def rehearse_steps(
    plan: Rehearsing,
    net: Any,
    samples: Any,
    latent: str,
    steps: int,
    epochs: float,
    meter: Meter | None,
    told: Progress,
    options: dict[str, Any],
) -> Rehearsal:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps={steps!r}; give how many real steps are tried, from 1 up")
    if len(samples) < 2:
        raise ValueError(
            f"there is {len(samples)} sample; a rehearsal needs at least two, and better a batch"
        )
    fields = {"batch": options.get("batch_size", 64), "call": options.get("call")}
    before = plan.estimate(net, train=samples, steps=steps + 1, **fields)
    starting = _starting(fits=False, nets=True)
    price = price_of(before.seconds.value + starting, total([before.training, _joules_of(starting)]))
    told(f"{steps} steps take {price}", 0.0)

    def work(used: Meter) -> tuple[Past, bool]:
        return few_steps(
            net,
            samples,
            latent,
            steps=steps,
            work=before.workload,
            speeds=plan.speeds,
            meter=used,
            **options,
        )

    try:
        past, complete = plan.charges.charged("rehearsal", work, meter)
    except KeyboardInterrupt:
        return Rehearsal((), price, plan.charges.last, complete=False)
    plan.keep(past)
    after = plan.estimate(net, train=samples, epochs=epochs, **fields)
    told("done", 1.0)
    row = _row(type(net).__name__, after, None, None)
    return Rehearsal((row,), price, plan.charges.last, complete)


def rehearse_shares(
    plan: Rehearsing,
    candidates: list[Contender],
    samples: Any,
    share: float,
    by: str | None,
    epochs: float,
    seed: int,
    meter: Meter | None,
    told: Progress,
) -> Rehearsal:
    """One candidate after the other, each charged and kept when it is done: what comes after takes none with it."""
    found = shares(samples, share, by=by, seed=seed)
    seconds, joules = price_of_shares(plan, candidates, samples, share, epochs)
    price = price_of(seconds, joules)
    told(f"{len(candidates)} candidates on up to {share:.3g} of the rows take {price}", 0.0)
    rows: list[Rehearsed] = []
    spent: list[Joules] = []
    failed: list[tuple[str, Exception]] = []
    complete, used = True, Meter() if meter is None else meter
    with nullcontext() if used.running else used:
        for k, candidate in enumerate(candidates):
            work = partial(_tried, plan, candidate, samples, found, epochs, seed)
            try:
                try:
                    rows.append(plan.charges.charged("rehearsal", work, used))
                finally:
                    spent.append(plan.charges.last)
                plan.tried(rows[-1], samples)
                told(str(rows[-1]), (k + 1) / len(candidates))
            except (ValueError, TypeError, RuntimeError) as error:
                failed.append((candidate.name, error))
                told(f"{candidate.name} failed: {error}", (k + 1) / len(candidates))
            except KeyboardInterrupt:
                complete = False
                break
    if failed and complete and not rows:
        raise failed[0][1]
    why = tuple((name, str(error)) for name, error in failed)
    return Rehearsal(tuple(rows), price, total(spent), complete, why)


def _tried(
    plan: Rehearsing,
    candidate: Contender,
    samples: Any,
    found: Shares,
    epochs: float,
    seed: int,
    _: Meter,
) -> Rehearsed:
    """One candidate on all shares."""
    scores = []
    for past, score in scored(
        candidate, samples, found, epochs=epochs, batch=64, speeds=plan.speeds, seed=seed
    ):
        plan.keep(past)
        scores.append(score)
    after = plan.estimate(
        candidate.model, train=samples, size=candidate.size, rows=found.whole, epochs=epochs
    )
    row = _row(after.name, after, *told_of(scores, found.whole))
    curve = tuple((each.rows, each.accuracy, each.f1) for each in scores)
    return replace(row, whole=found.whole, curve=curve, asked=scores[-1].asked)


def price_of_shares(
    plan: Rehearsing, candidates: list[Contender], samples: Any, share: float, epochs: float
) -> tuple[float, Joules]:
    """Processor seconds and joules of candidates on 1/32 ... of the rows."""
    sizes = [2.0**-k for k in range(5, -1, -1) if 2.0**-k <= share * 1.001]
    whole = round(0.7 * len(samples))
    found = [
        plan.estimate(each.model, train=samples, size=each.size, **_fewer(each.model, whole, part, epochs))
        for each in candidates
        for part in sizes
    ]
    seconds = seconds_of([each.processor_seconds.value for each in found])
    fits = [each.model in FITS for each in candidates]
    starting = _starting(fits=any(fits), nets=not all(fits))
    return seconds + starting, total([*(each.training for each in found), _joules_of(starting)])


def _starting(*, fits: bool, nets: bool) -> float:
    """Processor seconds of what is imported at the first rehearsal of a process, and will be charged to it."""
    wanted = {"fits": fits, "nets": nets}
    return sum(took for (name, of), took in STARTS.items() if wanted[of] and name not in sys.modules)


def _joules_of(seconds: float) -> Joules:
    return Model().joules("search", seconds, seconds, 0.0)


def _row(name: str, found: Estimate, accuracy: Amount | None, score: Amount | None) -> Rehearsed:
    return Rehearsed(
        name,
        found.workload.family,
        accuracy,
        score,
        found.answer_seconds,
        found.answer,
        found.training,
        found.memory,
    )


def _fewer(model: str, whole: int, part: float, epochs: float) -> dict[str, Any]:
    """A fit has fewer rows on a share; a net as many steps."""
    rows = max(1, round(whole * part))
    return {"rows": rows} if model in FITS else {"rows": whole, "epochs": epochs}
