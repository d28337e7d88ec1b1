"""Readout: solves what people named into guesses, by regularised least squares on what the last layers read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import torch

from ...data.samples import UNLABELLED, Samples
from ...edits.events import Event
from ...edits.kinds import Affirm, Found, Link, Move, Relabel, touched
from ...edits.links import nameless
from ...edits.mending import Mending
from ...edits.mends import destination
from ...model.network import Network
from ...model.reads import Reads
from ...model.rows import KnownRows
from ..in_force import InForce
from ..report import joules_of
from .solved import Judged, Named, Solved, Told, Weights

OLD_ROWS = 1024  # labelled rows that nobody named, spread evenly over the classes
NAMED_SHARE = 0.3  # what all named rows count beside all old ones, however few they are
RIDGE = 0.03  # of the mean diagonal; flat from 0.003 to 0.03 on five tasks
LOOKED_AT = 4096  # samples of a part that a solve looks at, beside those that it is made of


class OldSums(NamedTuple):
    """What `n` old rows come to, and the scale of what is read."""

    n: int
    mean: torch.Tensor  # (d,)
    deviation: torch.Tensor  # (d,)
    gram: torch.Tensor  # (d + 1, d + 1) the mean of h h'
    right: torch.Tensor  # (d + 1, c) the mean of h t'


class Readout:
    """Solves for one trainer, and keeps the features of rows until a weight changes: a further solve is a product of
    matrices and a factorisation."""

    def __init__(
        self,
        network: Network,
        edits: InForce,
        train: Samples,
        valid: Samples | None,
        layers: Sequence[str] | None,
        doing: Callable[[str], AbstractContextManager[Any]],
        meter: Any,
    ):
        self._network, self._edits, self._layers = network, edits, layers
        self._train, self._valid = train, valid
        self._doing, self._meter = doing, meter
        self.last: Solved | None = None  # of what people named
        self._reads: Reads | None = None
        self._weights: tuple[Any, ...] = ()
        self._kept: dict[str, KnownRows] = {}
        self._sums: tuple[tuple[bytes, ...], OldSums] | None = None

    def solve(self, step: int, run: Callable[[Callable[[], Any]], Any], *, named: bool = True) -> Solved:
        """The read-out of what is named now; `named=False`: what least squares make of the labels as given."""
        ask = partial(self._ask, run)
        stamp = None if self._meter is None else self._meter.stamp()
        with self._doing("solve"):
            self._look_anew_if_weights_changed(step)
            mending = self._edits.upcoming
            active = self._edits.journal.active if named else []
            naming = _naming(active, mending)
            kinds = _kinds(active, mending, naming)
            if named and not naming:
                raise ValueError("name something first: a lasso and a key")
            found = self._solve(naming, (*mending.classes, *kinds), mending, step, ask)
        until = None if self._meter is None else self._meter.stamp()
        measure = partial(joules_of, self._meter, stamp, until, kinds=("solve",))
        solved = Solved(**found, measure=measure)
        self.last = solved if named else self.last
        return solved

    def _ask(self, run: Callable[[Callable[[], Any]], Any], x: torch.Tensor) -> torch.Tensor:
        """(k, d) what the layers read for these inputs with the weights of now; `run` asks the model's thread."""

        def look() -> torch.Tensor:
            assert self._reads is not None
            with self._network.looking():
                return self._reads.features(lambda: self._network.forward(x))

        return run(look)

    def _solve(
        self,
        naming: dict[int, tuple[int, float]],
        names: tuple[str, ...],
        mending: Mending,
        step: int,
        ask: Any,
    ) -> dict[str, Any]:
        rows, train = self._kept["train"], self._train
        y = mending.y.double() if train.regression else mending.y.clone()
        named = np.fromiter(naming, np.int64, len(naming))
        y[named] = torch.tensor([label for _, label in naming.values()], dtype=y.dtype)
        old = _old_rows(mending, named, train)
        if not train.regression and len(y[np.r_[old, named]].unique()) < 2:
            raise ValueError("all that is labelled or named is of one class; name samples of another, too")
        unit, middle = _unit(y[np.r_[old, named]]) if train.regression else (1.0, 0.0)
        targets = _targets(y, len(names), unit, middle)
        t_n = targets[named].to(self._network.device)
        kept = self._kept_sums(old, named, targets[old])
        weights = Weights(kept.mean, kept.deviation, kept.right)
        n = weights.standard(rows.features(named))
        weights = weights._replace(matrix=self._matrix(kept, n, t_n))
        changed = np.zeros(0, np.int64)
        telling: Callable[[], Told | Named] = partial(Told, 0, 0, len(named))
        if not train.regression:
            spread = np.linspace(0, len(train) - 1, min(len(train), LOOKED_AT)).astype(np.int64)
            seen = np.union1d(spread, named)
            other = weights.scores(rows.features(seen)).argmax(1).cpu() != rows.guesses(seen, len(names))
            changed = seen[other.numpy()]
            telling = partial(self._tell, kept, n, t_n, naming, rows.guesses(named, len(names)))
        scored = weights._replace(matrix=weights.matrix * unit)
        scored.matrix[-1] += middle
        return {
            "classes": names,
            "known": len(train.classes),
            **self._judged(scored, len(names)),
            "telling": telling,
            "changed": tuple(changed.tolist()),
            "step": step,
            "weights": scored,
            "reads": self._reads,
            "features": ask,
        }

    def _kept_sums(self, old: np.ndarray, named: np.ndarray, targets: torch.Tensor) -> OldSums:
        """Those over the old rows, made anew only where rows, labels or weights changed; without old rows, the scale
        of the named ones."""
        key = (old.tobytes(), b"" if len(old) else named.tobytes(), targets.numpy().tobytes())
        if self._sums is None or self._sums[0] != key:
            base = self._kept["train"].features(old if len(old) else named)
            if not base.isfinite().all():
                names = ", ".join(self._layer_names)
                raise ValueError(f"what {names} read is not finite: has training diverged?")
            scale = Weights(base.mean(0), base.std(0, unbiased=False) + 1e-3, base.new_zeros(0))
            h, t = scale.standard(base), targets.to(base.device)
            n = len(old)
            gram = h.T @ h / n if n else h.new_zeros(h.shape[1], h.shape[1])
            right = h.T @ t / n if n else h.new_zeros(h.shape[1], targets.shape[1])
            self._sums = key, OldSums(n, scale.mean, scale.deviation, gram, right)
        return self._sums[1]

    def _matrix(self, kept: OldSums, n: torch.Tensor, t_n: torch.Tensor) -> torch.Tensor:
        """(d + 1, c) least squares over old and named rows, each part by its mean, named ones at their share."""
        gram, right = kept.gram, kept.right
        if len(n):
            share = (NAMED_SHARE if kept.n else 1.0) / len(n)
            gram, right = gram + share * (n.T @ n), right + share * (n.T @ t_n)
        ridge = RIDGE * gram.diagonal().mean()
        for factor in (1, 10):
            ready = gram.clone()
            ready.diagonal().add_(factor * ridge)
            ready, info = torch.linalg.cholesky_ex(ready)
            if not info:
                return torch.cholesky_solve(right, ready)
        raise ValueError(f"nothing can be solved from what {', '.join(self._layer_names)} read: no spread")

    def _tell(
        self,
        kept: OldSums,
        n: torch.Tensor,
        t_n: torch.Tensor,
        naming: dict[int, tuple[int, float]],
        before: torch.Tensor,
    ) -> Named:
        """By halves: solved from the even ones of each edit and asked about the odd ones, then the reverse."""
        even, label = _alternating(naming), t_n.argmax(1)
        now = torch.zeros(len(n), dtype=torch.bool)
        for half in (even.to(n.device), ~even.to(n.device)):
            if (~half).any() and (kept.n or half.any()):
                matrix = self._matrix(kept, n[half], t_n[half])
                now[~half.cpu()] = ((n[~half] @ matrix).argmax(1) == label[~half]).cpu()
        lines = np.array([line for line, _ in naming.values()])
        was = (before.to(n.device) == label).cpu()
        return Named(np.array(list(naming)), lines, label.cpu().numpy(), was.numpy(), now.numpy())

    def _judged(self, weights: Weights, classes: int) -> dict[str, Any]:
        """How the validation part fares, now and by the model."""
        found: dict[str, Any] = {"accuracy": None, "before": None}
        if "valid" not in self._kept:
            return found
        rows, valid = self._kept["valid"], self._kept["valid"].samples
        known = torch.isfinite(valid.y) if valid.regression else valid.y != UNLABELLED
        ids = known.nonzero()[:, 0].numpy()
        ids = (
            ids[np.linspace(0, len(ids) - 1, min(len(ids), LOOKED_AT)).astype(np.int64)] if len(ids) else ids
        )
        if not len(ids):
            return found
        scores, y = weights.scores(rows.features(ids)).cpu(), valid.y[ids]
        if valid.regression:
            errors = ((scores[:, 0] - y).square().mean(), (rows.values(ids) - y).square().mean())
            return {**found, "loss": float(errors[0]), "loss_before": float(errors[1])}
        right, was = int((scores.argmax(1) == y).sum()), int((rows.guesses(ids, classes) == y).sum())
        return {"accuracy": Judged(right, len(ids)), "before": Judged(was, len(ids))}

    def guesses(self, ids: np.ndarray) -> np.ndarray:
        """(k,) what the last solve makes of these training samples; of a model whose weights are others now, too."""
        if self.last is None or not self.last.classes:
            return np.full(len(ids), -1)
        with self._doing("solve"):
            return self.last.weights.scores(self._kept["train"].features(ids)).argmax(1).cpu().numpy()

    def read(self, ids: np.ndarray, step: int) -> torch.Tensor:
        """(k, d) what the layers read of these training samples with the weights of now."""
        self._look_anew_if_weights_changed(step)
        return self._kept["train"].features(ids)

    def forget(self) -> None:
        """Nothing is named any more."""
        self.last = None

    @property
    def _layer_names(self) -> tuple[str, ...]:
        return () if self._reads is None else self._reads.layers

    def _look_anew_if_weights_changed(self, step: int) -> None:
        tensors = self._network.model.state_dict(keep_vars=True).values()
        # torch counts what is written into a tensor, but not by a fused optimizer: hence the step
        state = (step, *((id(t), t._version) for t in tensors))
        if self._reads is None:
            ids = torch.arange(min(2, len(self._train)))
            with self._network.looking():
                self._reads = Reads.found(
                    self._network.model, lambda: self._network.forward(self._train.view(ids)), self._layers
                )
        if state != self._weights:
            parts = {"train": self._train, "valid": self._valid}
            self._kept = {
                k: KnownRows(self._network, self._reads, part)
                for k, part in parts.items()
                if part is not None
            }
            self._weights, self._sums = state, None


def names_something(event: Event) -> bool:
    """Whether an edit may give samples a name, by a person: machines name nobody."""
    named = isinstance(event.edit, Relabel | Affirm | Found | Move | Link)
    return named and event.by not in ("machine", "agent")


def _naming(events: Sequence[Event], mending: Mending) -> dict[int, tuple[int, float]]:
    """id -> (line, label) of each sample that a person named: the newest wins. A machine names nobody."""
    found: dict[int, tuple[int, float]] = {}
    labels = mending.y.numpy()
    for event in events:
        edit = event.edit
        if edit is None or not names_something(event):
            continue
        goal = None
        if isinstance(edit, Move):
            goal = destination(edit, labels, mending.class_index)
            if goal is None:
                continue
        for i in touched(edit):
            if isinstance(edit, Link) and not (edit.alike and mending.dragged[i]):
                continue
            label = float(labels[i]) if goal is None else float(goal)
            if not np.isnan(label) and (mending.y.is_floating_point() or label >= 0):
                found[i] = event.n, label
    return found


def _kinds(
    events: Sequence[Event], mending: Mending, naming: dict[int, tuple[int, float]]
) -> tuple[str, ...]:
    """Kinds that links made and nobody named: classes of the read-out alone. Their samples are named, too."""
    links = [(e.n, e.edit) for e in events if names_something(e) and isinstance(e.edit, Link)]
    line = {i: n for n, link in links for i in touched(link)}
    free = (name for k in count(1) if (name := f"kind {k}") not in mending.classes)
    names: list[str] = []
    if not mending.y.is_floating_point():
        for ids in nameless([link for _, link in links], mending.y.numpy()):
            naming.update({i: (line[i], len(mending.classes) + len(names)) for i in ids})
            names.append(next(free))
    return tuple(names)


def _old_rows(mending: Mending, named: np.ndarray, samples: Samples) -> np.ndarray:
    """Labelled rows in training that nobody named, at most `OLD_ROWS`, as many of each class as there are."""
    y = mending.y.numpy()
    fit = (np.isfinite(y) if samples.regression else y != UNLABELLED) & (mending.weights > 0)
    fit &= ~mending.masked.numpy()
    fit[named] = False
    rows = np.flatnonzero(fit)
    if len(rows) <= OLD_ROWS:
        return rows
    groups = [rows] if samples.regression else [rows[y[rows] == c] for c in np.unique(y[rows])]
    groups.sort(key=len)
    chosen, room = [], OLD_ROWS
    for k, group in enumerate(groups):
        take = min(len(group), room // (len(groups) - k))
        chosen.append(group[np.linspace(0, len(group) - 1, take).astype(np.int64)])
        room -= take
    return np.sort(np.concatenate(chosen))


def _targets(y: torch.Tensor, classes: int, unit: float, middle: float) -> torch.Tensor:
    """(n, c) 1 for the class in force and -1 for the others; for regression (n, 1) standardised."""
    if not classes:
        return ((y - middle) / unit)[:, None]
    targets = -torch.ones(len(y), classes, dtype=torch.float64)
    known = y >= 0
    targets[known, y[known]] = 1.0
    return targets


def _unit(y: torch.Tensor) -> tuple[float, float]:
    """Deviation and mean of the labels; a deviation of nothing is 1."""
    deviation = float(y.std(unbiased=False))
    return (deviation if deviation > 0 else 1.0), float(y.mean())


def _alternating(naming: dict[int, tuple[int, float]]) -> torch.Tensor:
    """(n,) the even ones of each edit."""
    count: dict[int, int] = {}
    even = []
    for line, _ in naming.values():
        even.append(count.get(line, 0) % 2 == 0)
        count[line] = count.get(line, 0) + 1
    return torch.tensor(even, dtype=torch.bool)
