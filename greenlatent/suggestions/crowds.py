"""Crowds: what lies together in all axes, of the space in which labelled neighbours agree best."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from ..edits.kinds import Spread
from ..statistics.nearest import middle
from ..training.solving.readout import names_something
from ..training.trainer import Trainer

EVERY = 512  # steps after which spaces are computed and judged anew
JUDGED = 1000  # labelled samples that say which space is best
AXES = 32  # principal axes of the inputs
NEIGHBOURS = 10  # that labels spread over
KEPT = 0.9  # of a sample's belief comes from its neighbours, in each of
ROUNDS = 30  # rounds of spreading
SURE = 0.8  # belief from which on a spread label is given
FEWEST = 4  # samples that are a crowd without a name
MOST = 20_000  # samples whose neighbours of each can be looked for
ROWS = 1024  # of one product


class Ground(NamedTuple):
    """Every training sample in one of the spaces."""

    name: str  # "latent", "read" or "inputs"
    z: torch.Tensor  # (n, d)
    agreement: float  # of labelled samples with their nearest labelled neighbour


class Crowds:
    """Neighbours by distance in all axes, where a picture in two shows others; on the thread that owns the model."""

    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self._space: Ground | None = None
        self._parts: tuple[Ground, np.ndarray] | None = None  # of that space
        self._judged = 0
        trainer.at_reset.append(self._forget)

    @property
    def space(self) -> Ground:
        """The tapped latent, what the read layers read, or the inputs: whichever labelled neighbours agree in best."""
        if self._space is None or self.trainer.steps - self._judged >= EVERY:
            with self.trainer.doing("suggest"):
                labels = self.trainer.upcoming.targets
                self._space = max(
                    (Ground(name, z, _agreement(z, labels)) for name, z in self._spaces()),
                    key=lambda space: space.agreement,
                )
            self._judged = self.trainer.steps
        return self._space

    def crowd(self, id: int, k: int = 30, among: np.ndarray | None = None) -> np.ndarray:
        """The sample and those nearest to it, k in all, the nearest first; those of `among`, all unless given."""
        n = len(self.trainer.train)
        if not 0 <= id < n:
            raise ValueError(f"there is no training sample {id}; ids run from 0 to {n - 1}")
        if not 1 <= k <= n:
            raise ValueError(f"a crowd has 1 to {n} samples here, got k={k}")
        z = self.space.z
        distances = (z - z[id]).square().sum(1)
        distances[id] = -1.0
        if among is not None:
            others = torch.ones(n, dtype=torch.bool)
            others[torch.from_numpy(np.append(among, id))] = False
            distances[others.to(z.device)] = torch.inf
        near = distances.topk(k, largest=False)
        return near.indices[near.values < torch.inf].cpu().numpy()

    def around(self, ids: np.ndarray, k: int, shown: np.ndarray) -> np.ndarray:
        """The crowd of the sample in the middle of these, as far as it is shown and in training."""
        ids, n = np.asarray(ids, np.int64), len(self.trainer.train)
        if not len(ids) or ids.max() >= n:
            raise ValueError(f"a crowd lies around samples from 0 to {n - 1}, got {ids[:3].tolist()}")
        with self.trainer.doing("suggest"):
            at = int(ids[middle(self.space.z[torch.from_numpy(ids)].cpu().numpy())])
            taught = shown[(self.trainer.upcoming.weights > 0)[shown]]
            return self.crowd(at, min(k, n), taught)

    def typical(self, n: int = 10, among: np.ndarray | None = None) -> list[int]:
        """Whom to ask about next: the medoids of crowds that hold no name, the largest crowd first.

        `among` are the samples that can be asked about, all unless given.
        """
        mending = self.trainer.upcoming
        unnamed = (mending.y < 0).numpy()
        crowd = self._parted()
        can = unnamed & (mending.weights > 0)  # what was left out is not asked about
        if among is not None:
            can &= np.isin(np.arange(len(can)), among)
        nameless = np.bincount(crowd, weights=~unnamed) == 0
        sizes = np.bincount(crowd) * nameless * (np.bincount(crowd, weights=can) > 0)
        found = []
        for k in np.argsort(-sizes, kind="stable")[:n]:
            if sizes[k] < FEWEST:
                break
            rows = np.flatnonzero(crowd == k)
            z = self.space.z[torch.from_numpy(rows)]
            # the squared distances to all members are least for the one nearest to their mean
            apart = (z - z.mean(0)).square().sum(1).cpu().numpy()
            found.append(int(rows[np.where(can[rows], apart, np.inf).argmin()]))
        return found

    def _parted(self) -> np.ndarray:
        """(n,) the crowd of every sample: each goes with its nearest neighbour that lies denser, to where none does."""
        space = self.space
        if self._parts is None or self._parts[0] is not space:
            _check_size(len(space.z))
            with self.trainer.doing("suggest"):
                near, distance = _nearest(space.z, min(NEIGHBOURS, len(space.z) - 1))
            rank = np.empty(len(near), np.int64)
            rank[np.argsort(distance.mean(1), kind="stable")] = np.arange(len(near))
            denser = rank[near] < rank[:, None]
            to = np.where(denser.any(1), near[np.arange(len(near)), denser.argmax(1)], np.arange(len(near)))
            while (to[to] != to).any():
                to = to[to]
            self._parts = space, np.unique(to, return_inverse=True)[1]
        return self._parts[1]

    def spread(self) -> Spread:
        """What labels in force say of the samples without one, by their neighbours' neighbours: where they are sure
        enough, as one edit. Raises where nothing is."""
        from scipy.sparse import csr_matrix, diags

        mending, z = self.trainer.upcoming, self.space.z
        self.trainer.train.check_classes("labels spread by")
        _check_size(len(z))
        with self.trainer.doing("suggest"):
            y, n = mending.y.numpy(), len(z)
            near, _ = _nearest(z, min(NEIGHBOURS, n - 1))
            rows = np.repeat(np.arange(n), near.shape[1])
            graph = csr_matrix((np.ones(len(rows)), (rows, near.ravel())), (n, n))
            graph = graph.maximum(graph.T)
            root = diags(1 / np.sqrt(np.maximum(np.asarray(graph.sum(1))[:, 0], 1)))
            graph = root @ graph @ root
            given = (y[:, None] == np.arange(len(mending.classes))).astype(float)
            belief = given
            for _ in range(ROUNDS):
                belief = KEPT * (graph @ belief) + (1 - KEPT) * given
        total = belief.sum(1)
        share = belief.max(1) / np.maximum(total, 1e-12)
        said = np.zeros(n, bool)
        for event in self.trainer.journal.active:
            if names_something(event):
                said[list(getattr(event.edit, "ids", ()))] = True
        ids = np.flatnonzero((y < 0) & ~said & (total > 0) & (share >= SURE))
        if not len(ids):
            raise ValueError("no sample without a label lies surely enough among samples of one class")
        labels = belief[ids].argmax(1)
        return Spread(tuple(ids.tolist()), tuple(mending.classes[c] for c in labels))

    def _spaces(self) -> list[tuple[str, torch.Tensor]]:
        trainer, ids = self.trainer, torch.arange(len(self.trainer.train))
        parts = [("latent", trainer.exact(ids)), ("read", trainer.readout.read(ids.numpy(), trainer.steps))]
        x = torch.cat([trainer.train.view(some).flatten(1).float() for some in ids.split(ROWS)])
        if x.shape[1] > AXES:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                _, _, axes = torch.pca_lowrank(x, min(AXES, len(x)))
            x = (x - x.mean(0)) @ axes
        # each axis of the inputs in its own deviations would make noise as loud as what tells samples apart
        return [*((name, _standard(z)) for name, z in parts), ("inputs", x)]

    def _forget(self) -> None:
        self._space = self._parts = None


def _standard(z: torch.Tensor) -> torch.Tensor:
    z = z.float()
    return torch.nan_to_num((z - z.mean(0)) / z.std(0, unbiased=False).clamp(min=1e-6))


def _agreement(z: torch.Tensor, labels: torch.Tensor) -> float:
    """How many of the nearest labelled samples have the label of one, itself left out: the mean over some of them."""
    known = (~labels.isnan() if labels.is_floating_point() else labels >= 0).nonzero()[:, 0]
    if len(known) < 2 or labels.is_floating_point():
        return 0.0
    known = known[torch.linspace(0, len(known) - 1, min(JUDGED, len(known))).long()]
    least = int(labels[known].unique(return_counts=True)[1].min()) - 1  # others that there are of each class
    apart = torch.cdist(z[known.to(z.device)], z[known.to(z.device)])
    apart.fill_diagonal_(torch.inf)
    near = apart.topk(max(1, min(NEIGHBOURS, least)), largest=False).indices.cpu()
    return float((labels[known][near] == labels[known][:, None]).float().mean())


def _nearest(z: torch.Tensor, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) the nearest others of each, and how far they are."""
    near, far = [], []
    for begin in range(0, len(z), ROWS):
        apart = torch.cdist(z[begin : begin + ROWS], z)
        apart[torch.arange(len(apart)), torch.arange(begin, begin + len(apart))] = torch.inf
        found = apart.topk(k, largest=False)
        near.append(found.indices.cpu().numpy())
        far.append(found.values.cpu().numpy())
    return np.concatenate(near), np.concatenate(far)


def _check_size(n: int) -> None:
    if n > MOST:
        raise ValueError(f"neighbours of {n:,} samples would take minutes; this looks at {MOST:,} at most")
