"""Digest: a run in numbers, a line each, with handles for what could be done; what a model is sent, and no more."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ...edits.words import rows as edited
from ...energy.joules import Joules
from ...run.costs.spending import next_epoch
from ...run.run import Run
from ...statistics.relevance import f_ratio
from ...suggestions.groups import CLASS, LEAST
from ...suggestions.suggester import Suggestion
from ...suggestions.suspects import NEIGHBOURS, suspicion
from ..rules import LEARNED, OF_DISAGREEMENT, SURE, Look, look
from . import lines
from .names import distinct, plain, quoted

MOST, MANY = 2400, 4000  # characters for ten classes, and for any number of them
FEW = 10  # classes
HANDLES = 8  # groups, and single samples, that can be spoken of
NEAR = 400  # samples whose neighbours are looked at, evenly taken, and
DOUBTED = 100  # more that the net doubts most
AXES = 1000  # samples by which axes are compared
TELLS = 5  # confusions, groups and edits in a line


@dataclass(frozen=True)
class Digest:
    """A run as it stands. As text it is what a model is sent; `numbers` are the same as plain floats.

    >>> digest = lab.agent().look()
    >>> print(digest, digest.numbers["agreement"])
    """

    guard: Look
    numbers: dict[str, float] = field(repr=False)
    parts: dict[str, list[str]] = field(repr=False)  # lines by what they are of
    groups: tuple[Suggestion, ...] = field(repr=False)  # G1, G2, ...
    singles: tuple[int, ...] = field(repr=False)  # S1, S2, ...
    told: dict[str, str] = field(repr=False)  # a class -> how it is named here
    draw: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Classes as they are told."""
        return tuple(self.told.values())

    @property
    def sure(self) -> np.ndarray:
        """Samples that are surely another class than their label."""
        return self.guard.sure

    @property
    def picture(self) -> bytes:
        """A PNG of the latent space, with a ring around each group that has a handle."""
        return self.draw()

    def __str__(self) -> str:
        return self._within(())

    def shorter(self) -> str:
        """The same for a model with a small context: without single samples, axes and confusions."""
        return self._within(("singles", "axes", "confusions"))

    def _within(self, without: Sequence[str]) -> str:
        """What does not fit into the bound goes, the least needed first."""
        most = MOST if len(self.told) <= FEW else MANY
        gone = set(without)
        for least in ("", "edits", "axes", "neighbours", "losses", "confusions", "singles", "groups"):
            gone.add(least)
            text = "\n".join(line for part, told in self.parts.items() if part not in gone for line in told)
            if len(text) <= most:
                return text
        return text[:most]


def digest(
    run: Run, found: Sequence[Suggestion], limits: Sequence[str] = (), draw: Callable | None = None
) -> Digest:
    """Of what training itself has seen, on the thread that owns the model; `found` are the groups with handles."""
    trainer = run.trainer
    numbers: dict[str, float] = {}
    names = tuple(distinct(trainer.train.classes or ()))
    told = dict(zip(trainer.train.classes or (), names, strict=True))
    # what stays the same comes first: servers keep what begins alike
    parts: dict[str, list[str]] = {
        "data": [
            f"Data: {len(trainer.train):,} samples, {_classes(names)}, latent of {trainer.seen.latents.shape[1]}"
        ],
        "run": [_run(run, numbers)],
    }
    known = not trainer.train.regression and not trainer.train.unlabelled
    guard = look(trainer) if known else Look(trainer.steps, 0, 0.0, np.zeros(0, int), 0.0)
    parts["accuracy"] = [_accuracy(run, numbers)]
    if known:
        parts["doubt"] = [_doubt(guard, numbers)]
    parts["joules"] = [_joules(run, numbers)]
    parts["limits"] = lines.listed("Left", limits)
    groups_told: tuple[Suggestion, ...] = tuple(found[:HANDLES])
    singles: tuple[int, ...] = ()
    if known:
        facts = _Facts(run, names, numbers)
        parts["groups"] = [facts.group(k + 1, one) for k, one in enumerate(groups_told)]
        beside = facts.near()
        singles = facts.doubted(beside)
        parts["singles"] = [facts.single(k + 1, i) for k, i in enumerate(singles)]
        parts["confusions"] = facts.confusions()
        parts["neighbours"] = facts.neighbours
        parts["axes"] = _axes(run, numbers)
    parts["losses"] = _losses(run, numbers)
    parts["edits"] = _edits(run)
    return Digest(guard, numbers, parts, groups_told, singles, told, draw or bytes)


def _classes(names: tuple[str, ...]) -> str:
    if not names:
        return "no classes"
    told = " ".join(f'"{name}"' for name in names[:FEW])
    return f"{len(names)} classes: {told}{' ...' if len(names) > FEW else ''}"


def _run(run: Run, numbers: dict[str, float]) -> str:
    trainer, left = run.trainer, run.runner.left
    numbers |= {"step": float(trainer.steps), "epoch": float(trainer.epoch)}
    plan = "no plan" if left is None else f"{left:,} steps of the plan left"
    if left is not None:
        numbers["left"] = float(left)
    return f"Run: step {trainer.steps:,}, epoch {trainer.epoch + 1}, batches of {trainer.batch_size}, {plan}"


def _accuracy(run: Run, numbers: dict[str, float]) -> str:
    seen = [p.accuracy for p in run.evaluations.points if p.accuracy is not None][-TELLS:]
    seen = [value for value in seen if math.isfinite(value)]
    if not seen:
        return "Accuracy: not looked at yet"
    numbers["accuracy"] = float(seen[-1])
    part = "training" if run.trainer.valid is None else "validation"
    return f"Accuracy on {part} data at the last looks: " + ", ".join(f"{value:.1%}" for value in seen)


def _doubt(guard: Look, numbers: dict[str, float]) -> str:
    numbers |= {"agreement": guard.agreement, "sure": guard.share, "of_disagreement": guard.of_disagreement}
    return (
        f"Guessed as labelled {guard.agreement:.1%}; surely another class {guard.share:.1%} of {guard.trained:,}, and"
        f" {guard.of_disagreement:.0%} of all guessed otherwise. Rules act from {SURE:.0%}, {OF_DISAGREEMENT:.0%} and"
        f" {LEARNED:.0%} learned on: {'reached' if guard.opens else 'not reached'}"
    )


def _joules(run: Run, numbers: dict[str, float]) -> str:
    told = []
    for kind, joules in run.energy.items():
        if joules.known and kind in ("train", "feedback", "view", "suggest", "evaluate", "agent"):
            numbers[f"joules {kind}"] = joules.value
            told.append(f"{kind} {lines.amount(joules)}")
    epoch = next_epoch(run.meter, run.trainer)
    more = epoch if isinstance(epoch, Joules) else None
    if more is not None and more.known:
        numbers["joules epoch"] = more.value
    return f"Spent: {', '.join(told) or 'nothing known'}; an epoch more {lines.amount(more)}"


def _axes(run: Run, numbers: dict[str, float]) -> list[str]:
    trainer = run.trainer
    given = trainer.mending.y.numpy()
    rows = np.flatnonzero((given >= 0) & (trainer.seen.predicted.cpu().numpy() >= 0))
    rows = rows if len(rows) <= AXES else rows[np.linspace(0, len(rows) - 1, AXES).astype(int)]
    if len(rows) < 3 or len(np.unique(given[rows])) < 2:
        return []
    found = f_ratio(trainer.seen.latents[torch.from_numpy(rows)].cpu().numpy(), given[rows])
    order = [int(a) for a in found.order if np.isfinite(found.scores[a])]
    best, worst = order[:8], order[8:][-4:]
    numbers |= {f"axis {a}": float(found.scores[a]) for a in best + worst}
    told = [f"{a} {found.scores[a]:.3g}" for a in best]
    told += [f"worst {' '.join(f'{a} {found.scores[a]:.3g}' for a in worst)}"] if worst else []
    return lines.listed("Axes by F-ratio", told)


def _losses(run: Run, numbers: dict[str, float]) -> list[str]:
    """The groups, classes among them, that training does worst on, by what it saw of their samples last."""
    trainer = run.trainer
    loss = trainer.seen.loss.cpu().numpy()
    seen = np.isfinite(loss)
    columns = {name: np.unique(values, return_inverse=True) for name, values in trainer.train.groups.items()}
    if trainer.train.classes:
        given = trainer.mending.y.numpy()
        seen &= given >= 0
        columns[CLASS] = (np.array(trainer.train.classes), given)
    found = []
    for name, (values, of) in columns.items():
        count = np.bincount(of[seen], minlength=len(values))
        mean = np.bincount(of[seen], loss[seen], minlength=len(values)) / np.maximum(count, 1)
        found += [
            (float(mean[k]), name, str(values[k]), int(count[k])) for k in np.flatnonzero(count >= LEAST)
        ]
    worst = sorted(found, reverse=True)[:TELLS]
    numbers |= {f"loss {place + 1}": mean for place, (mean, *_) in enumerate(worst)}
    told = [f"{plain(name)} {quoted(value)} {mean:.2g} ({n})" for mean, name, value, n in worst]
    return lines.listed("Loss", told)


def _edits(run: Run) -> list[str]:
    last = edited(run.journal, run.trainer.classes)[:TELLS]
    return lines.listed(
        "Last edits", [f"{plain(row['text'], 60)} by {plain(row['by'])}, {row['state']}" for row in last]
    )


class _Facts:
    """What training has seen of samples with classes, looked up once."""

    def __init__(self, run: Run, names: tuple[str, ...], numbers: dict[str, float]):
        trainer, seen = run.trainer, run.trainer.seen
        self.names, self.numbers = names, numbers
        self.latents = seen.latents
        self.given = trainer.mending.y.numpy()
        self.guess = seen.predicted.cpu().numpy().astype(np.int64)
        self.guess[self.guess >= len(names)] = -1  # a head may have more outputs than classes
        self.belief = np.nan_to_num(seen.confidence.cpu().numpy())
        self.sure = np.nan_to_num(seen.certainty.cpu().numpy())
        on = (trainer.mending.weights > 0) & ~trainer.mending.masked.numpy()
        self.known = np.flatnonzero(on & (self.given >= 0) & (self.guess >= 0))
        self.neighbours: list[str] = []

    def group(self, place: int, one: Suggestion) -> str:
        ids, handle = np.array(one.ids), f"G{place}"
        given, guess = int(self.given[ids[0]]), np.bincount(self.guess[ids][self.guess[ids] >= 0]).argmax()
        belief, sure = float(self.belief[ids].mean()), float(self.sure[ids].mean())
        self.numbers |= {
            f"{handle} samples": float(len(ids)),
            f"{handle} belief": belief,
            f"{handle} sure": sure,
        }
        where = "" if one.group is None else f"{plain(one.group[0])} {quoted(one.group[1])}"
        return lines.group(handle, len(ids), self._name(given), self._name(int(guess)), belief, sure, where)

    def single(self, place: int, i: int) -> str:
        handle = f"S{place}"
        self.numbers |= {f"{handle} belief": float(self.belief[i]), f"{handle} sure": float(self.sure[i])}
        given, guess = self._name(int(self.given[i])), self._name(int(self.guess[i]))
        return lines.single(handle, given, guess, float(self.belief[i]), float(self.sure[i]))

    def near(self) -> np.ndarray:
        """Of some samples, among them those that are doubted most, the share of neighbours that are labelled
        otherwise, (n,); and, in words, of which classes the samples lie among which others."""
        beside, known = np.zeros(len(self.given)), self.known
        if len(known) < 3:
            return beside
        doubt = np.where(self.guess != self.given, (1 - self.belief) * self.sure, 0.0)[known]
        spread = known if len(known) <= NEAR else known[np.linspace(0, len(known) - 1, NEAR).astype(int)]
        some = np.union1d(spread, known[np.argsort(-doubt, kind="stable")[:DOUBTED]])
        rows = torch.from_numpy(some)
        z = self.latents[rows]
        z = (z - z.mean(0)) / z.std(0).clamp(min=1e-6)
        apart = torch.cdist(z, z)
        apart.fill_diagonal_(math.inf)
        k = min(NEIGHBOURS, len(some) - 1)
        labels = torch.from_numpy(self.given)[rows]
        theirs = labels[apart.topk(k, largest=False).indices.cpu()]  # (some, k)
        other = (theirs != labels[:, None]).float().mean(1).numpy()
        beside[some] = other
        evenly = np.isin(some, spread)
        self.numbers["neighbours"] = float(other[evenly].mean())
        self._overlaps(labels.numpy()[evenly], theirs.numpy()[evenly])
        return beside

    def _overlaps(self, labels: np.ndarray, theirs: np.ndarray) -> None:
        classes = len(self.names)
        table = np.bincount(
            np.repeat(labels, theirs.shape[1]) * classes + theirs.ravel(), minlength=classes**2
        ).reshape(classes, classes)
        whole = np.maximum(table.sum(1), 1)
        both = np.triu(table / whole[:, None] + (table / whole[:, None]).T, 1) / 2
        pairs = np.argsort(-both, axis=None, kind="stable")[:TELLS]
        told = [f"labelled otherwise {self.numbers['neighbours']:.0%}"]
        for a, b in zip(*np.unravel_index(pairs, both.shape), strict=True):
            if both[a, b] > 0:
                told.append(f'"{self._name(a)}" among "{self._name(b)}" {both[a, b]:.0%}')
        self.neighbours = lines.listed("Neighbours", told)

    def doubted(self, beside: np.ndarray) -> tuple[int, ...]:
        differs = self.guess != self.given
        worth = suspicion(1 - self.belief, self.sure, differs, beside)[self.known]
        worst = self.known[np.argsort(-worth, kind="stable")]
        return tuple(int(i) for i in worst[:HANDLES] if differs[i])

    def confusions(self) -> list[str]:
        given, guess = self.given[self.known], self.guess[self.known]
        pairs, counts = np.unique(given * len(self.names) + guess, return_counts=True)
        a, b = np.divmod(pairs, max(1, len(self.names)))
        order = [k for k in np.argsort(-counts, kind="stable") if a[k] != b[k]][:TELLS]
        self.numbers["confused"] = float(counts[a != b].sum())
        return lines.listed(
            "Taken for", [f'"{self._name(a[k])}" for "{self._name(b[k])}" {counts[k]}' for k in order]
        )

    def _name(self, k: int) -> str:
        return self.names[k] if 0 <= k < len(self.names) else "no label"
