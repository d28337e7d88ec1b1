"""Rehearsing: a rehearsal within a plan: its price first, then the trying, charged, and learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from ..energy.joules import Joules, total
from ..energy.meter import Meter
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
    price = price_of(before.seconds.value, before.training)
    told(f"{steps} steps take {price}", 0.0)

    def work(used: Meter) -> Past:
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
        past = plan.charges.charged("rehearsal", work, meter)
    except KeyboardInterrupt:
        return Rehearsal((), price, plan.charges.last, complete=False)
    plan.keep(past)
    after = plan.estimate(net, train=samples, epochs=epochs, **fields)
    told("done", 1.0)
    row = _row(type(net).__name__, after, None, None)
    return Rehearsal((row,), price, plan.charges.last)


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
    found = shares(samples, share, by=by, seed=seed)
    seconds, joules = price_of_shares(plan, candidates, samples, share, epochs)
    price = price_of(seconds, joules)
    told(f"{len(candidates)} candidates on up to {share:.3g} of the rows take {price}", 0.0)
    rows: list[Rehearsed] = []

    def work(_: Meter) -> bool:
        try:
            for k, candidate in enumerate(candidates):
                scores = []
                for past, score in scored(
                    candidate, samples, found, epochs=epochs, batch=64, speeds=plan.speeds, seed=seed
                ):
                    plan.keep(past)
                    scores.append(score)
                after = plan.estimate(
                    candidate.model,
                    train=samples,
                    size=candidate.size,
                    rows=found.whole,
                    epochs=epochs,
                )
                row = _row(after.name, after, *told_of(scores, found.whole))
                curve = tuple((each.rows, each.accuracy, each.f1) for each in scores)
                rows.append(replace(row, whole=found.whole, curve=curve, asked=scores[-1].asked))
                told(str(rows[-1]), (k + 1) / len(candidates))
        except KeyboardInterrupt:
            return False
        return True

    complete = plan.charges.charged("rehearsal", work, meter)
    return Rehearsal(tuple(rows), price, plan.charges.last, complete)


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
    return seconds, total([each.training for each in found])


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
