"""Federated: places that train on their own rows, and send each other weights in place of them; a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ...energy.joules import Joules
from ...energy.names import plain
from ...run.progress import Cancelled
from ...run.run import Run
from ...training.trainer import Trainer
from ..altered import Altered
from ..rehearsal import KIND

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Round:
    """One: how good the mean of all places' weights is on the validation part, and bytes that were sent for it."""

    number: int
    score: float | None
    bytes: int


@dataclass(frozen=True)
class Federated:
    """What came of it: rounds, the weights after the last, bytes that the rows themselves would have taken, and joules
    of the simulation, which is all places' training on this machine."""

    places: tuple[str, ...]
    rounds: tuple[Round, ...]
    weights: State
    rows_bytes: int
    measure: str  # of a score
    joules: Joules

    @property
    def bytes(self) -> int:
        """All that was sent, there and back."""
        return sum(each.bytes for each in self.rounds)

    def __str__(self) -> str:
        lines = [
            f"{len(self.places)} places ({', '.join(map(one_line, self.places[:6]))}{', ...' * (len(self.places) > 6)})"
        ]
        for each in self.rounds:
            told = "not known" if each.score is None else f"{each.score:.3f}"
            lines.append(f"round {each.number}: {self.measure} {told}, {plain(each.bytes / 1e3)} kB sent")
        times = self.bytes / max(1, self.rows_bytes)
        lines.append(
            f"{plain(self.bytes / 1e3)} kB in all, {times:.2g} times what the rows take; simulated for {self.joules}"
        )
        return "\n".join(lines)


def one_line(text: str) -> str:
    """Somebody's name for something, as a few words that steer no terminal."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))[:40]


def federated(run: Run, by: str, *, rounds: int = 5, epochs: int = 1) -> Federated:
    """Each place trains from the shared weights on its own rows for so many epochs; the mean of what comes back, by
    rows, is shared anew (FedAvg, McMahan et al. 2017). On the thread that owns the model, which stays as it is."""
    trainer = run.trainer
    train = trainer.train
    if not isinstance(by, str) or by not in train.groups:
        known = ", ".join(map(one_line, train.groups)) or "none"
        raise ValueError(f"there is no group {by!r} to tell places by; groups: {known}")
    for name, value in (("rounds", rounds), ("epochs", epochs)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} counts from 1, got {value!r}")
    of = train.groups[by].astype(str)
    places = tuple(np.unique(of).tolist())
    shared: State = {name: value.clone() for name, value in trainer.initial.items()}
    size = sum(value.numel() * value.element_size() for value in shared.values())
    found, threads, begun = list[Round](), torch.get_num_threads(), run.meter.stamp()
    measure = "accuracy" if train.classes else "loss"
    try:
        with trainer.doing(KIND), run.progress.doing("Simulating places") as going:
            for number in range(rounds):
                parts: list[tuple[int, State]] = []
                for k, place in enumerate(places):
                    trainer.network.goes_on()
                    if not going((number + k / len(places)) / rounds):
                        raise Cancelled("the simulation was called off")
                    parts.append(_trained(trainer, np.flatnonzero(of == place), shared, number, epochs))
                shared = _mean(parts)
                score = _scored(trainer, shared, measure)
                found.append(Round(number + 1, score, 2 * size * len(places)))
    finally:
        torch.set_num_threads(threads)
    spent = run.meter.ledger(since=begun).get(KIND, Joules.missing())
    rows = len(train) * int(np.prod(train.shape)) * 4
    return Federated(places, tuple(found), shared, rows, measure, spent)


def _trained(
    trainer: Trainer, rows: np.ndarray, shared: State, number: int, epochs: int
) -> tuple[int, State]:
    """How many rows a place has, and its weights after so many epochs on them."""
    twin = Altered(rows=lambda train: train.take(rows)).twin(trainer, 1, seed=trainer.seed + number)
    try:
        twin.model.load_state_dict(shared)
        twin.step(epochs=epochs)
        return len(rows), {name: value.detach().clone() for name, value in twin.model.state_dict().items()}
    finally:
        twin.close()


def _mean(parts: list[tuple[int, State]]) -> State:
    """By rows; counts, which have no mean, are those of the first place."""
    whole = sum(count for count, _ in parts)
    if len(parts) == 1:
        return parts[0][1]
    return {
        name: sum((state[name] * (count / whole) for count, state in parts), torch.zeros_like(first))
        if first.is_floating_point()
        else first
        for name, first in parts[0][1].items()
    }


def _scored(trainer: Trainer, shared: State, measure: str) -> float | None:
    if trainer.valid is None:
        return None
    twin = Altered().twin(trainer, 1)
    try:
        twin.model.load_state_dict(shared)
        told: Any = twin.evaluate()
        return float(told[measure]) if measure in told else None
    finally:
        twin.close()
