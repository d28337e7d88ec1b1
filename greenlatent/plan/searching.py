"""Searching: a search within what a plan says that its trials take; the Lab of its best teaches the plan."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from ..energy.arguments import number
from .estimate import Estimate

log = logging.getLogger(__name__)

BESIDE = 1.0  # joules beside what is trained: its evaluations, the meter
TRIALS = 10.0  # trainings, where nobody said how many


class Searching(Protocol):
    """What a plan has to offer for it."""

    def said(self) -> dict[str, Any]: ...
    def estimate(self, model: Any, **fields: Any) -> Estimate: ...
    def follow(self, lab: Any, planned: Estimate) -> None: ...


def search(
    engine: Searching,
    make: Any,
    train: Any,
    space: Any,
    epochs: float,
    trials: float | None,
    options: dict[str, Any],
) -> Any:
    """As `Engine.search` says."""
    import greenlatent as gl

    many = float(engine.said().get("trials") or TRIALS) if trials is None else trials
    many = number("trials", many, "how many trainings a search may take, above 0", above=0)
    budget = options.pop("budget", None)
    if budget is not None and not isinstance(budget, gl.Budget):
        raise TypeError(f"budget={budget!r}; give gl.Budget(joules=...), or none for that of the estimate")
    if (region := engine.said().get("region")) is not None:
        options.setdefault("region", region)
    found = gl.Search(make, train, space=space, epochs=epochs, **options)
    try:
        if budget is None:
            middle = {name: axis.levels()[len(axis.levels()) // 2] for name, axis in found.space.axes.items()}
            one = _planned(engine, make(**middle), train, epochs).training.value
            budget = gl.Budget(joules=many * one + BESIDE)
            if many < 1:
                log.warning("a budget of %.3g J is less than one trial is estimated to take", budget.joules)
        found.budget = budget
    except BaseException:
        found.close()
        raise

    def opened(lab: Any, values: dict[str, Any]) -> None:
        engine.follow(lab, _planned(engine, make(**values), train, epochs))

    found.at_lab.append(opened)
    return found


def _planned(engine: Searching, made: Any, train: Any, epochs: float) -> Estimate:
    """What the training of one candidate is estimated to take."""
    if not isinstance(made, dict) or "model" not in made:
        raise TypeError(
            f"make returned {type(made).__name__} without a model; let it return the keywords of a Trainer, such as "
            '{"model": model, "latent": "encoder", "lr": rate}'
        )
    return of_settings(engine, made["model"], train, made, epochs=epochs, trials=0.0)


def of_settings(
    engine: Searching, net: Any, train: Any, settings: Mapping[str, Any], **more: Any
) -> Estimate:
    """An estimate of a net that trains with such keywords of a Trainer."""
    return engine.estimate(
        net,
        train=train,
        batch=settings.get("batch_size", 64),
        threads=1 if settings.get("threads") is None else settings["threads"],
        precision=settings.get("precision", "fp32"),
        call=settings.get("call"),
        **more,
    )
