"""Verdict: a doubted label weighed against validation samples that lie there and are read alike: trusted or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data.samples import Samples
from ..training.trainer import Trainer

NEIGHBOURS = 10
HARDLY = 0.1  # of a sample's neighbours have its label, and
MOSTLY = 0.6  # have the one that the net sees: then it lies among the others
TIMES = 1.75  # as often must training samples lie so as validation samples do: else the net is wrong, not the labels
SPARE = 3  # validation samples more than were counted: few say little
MOST = 2000  # samples looked at of either part: a look costs at most two such passes
ROWS = 512  # distances are computed for so many samples at a time


@dataclass(frozen=True)
class Verdict:
    """What one look at the validation data says of the labels in training."""

    among_others: (
        float  # share of the training samples that lie among samples of the class that the net sees in them
    )
    usual: float  # the same share among validation samples
    misread: np.ndarray  # (classes, classes) how many of each label the net reads as each class now
    latents: torch.Tensor  # of validation samples (n, d), and
    labels: np.ndarray  # (n,) theirs

    @property
    def explains(self) -> bool:
        """Whether the net errs as often where the labels are right: then its doubts say nothing of labels."""
        few = SPARE / max(1, len(self.labels))
        return self.among_others <= TIMES * (self.usual + few)

    @property
    def excuse(self) -> str:
        return (
            f"But of all validation samples {self.usual:.1%} lie among others in this way, of all training samples"
            f" {self.among_others:.1%}: the model errs as often there, or those labels have the same mistakes. Look at"
            " the samples before you believe it."
        )

    def tell(self, given: int, guess: int, own: float, other: float, classes: tuple[str, ...]) -> str:
        """What it says of samples with these shares of neighbours labelled as they are, and as the net sees them."""
        was, now = classes[given], classes[guess]
        return (
            f"Of the validation samples most like them {other:.0%} are labelled {now} and {own:.0%} {was}. The model"
            f" takes {self.misread[given, guess]} of {self.misread[given].sum()} validation samples of {was} for {now}."
        )

    def around(self, latents: torch.Tensor) -> np.ndarray:
        """Labels (k, neighbours) of the validation samples that lie nearest to each of these latents (k, d)."""
        return _around(latents, self.latents, self.labels, None)


def read(trainer: Trainer, given: np.ndarray, guess: np.ndarray, open_: np.ndarray) -> Verdict | None:
    """Look at the validation data with the model as it is, on its thread; None where there is too little of it.

    `given` and `guess` are those of the training samples, `open_` which of them are still in question.
    """
    valid = trainer.valid
    known = torch.zeros(0) if valid is None else (valid.y >= 0).nonzero()[:, 0]
    if valid is None or len(known) <= NEIGHBOURS:
        return None
    known = _some(known)
    latents, belief = trainer.network.beliefs(valid, known)
    labels, classes = valid.y[known].numpy(), len(trainer.classes)
    guessed = belief.argmax(1).cpu().numpy()
    guessed[guessed >= classes] = -1  # a head may have more outputs than classes
    misread = np.zeros((classes, classes), dtype=int)
    np.add.at(misread, (labels[guessed >= 0], guessed[guessed >= 0]), 1)

    near = _around(latents, latents, labels, _apart(trainer.train, valid, known.numpy()))
    usual = _lie_among_others(labels, guessed, near).mean()
    disputed = np.flatnonzero(open_ & (guess >= 0) & (guess != given))
    looked = _some(torch.from_numpy(disputed))
    near = _around(trainer.exact(looked), latents, labels, None)
    rows = looked.numpy()
    share = _lie_among_others(given[rows], guess[rows], near).mean() if len(rows) else 0.0
    return Verdict(
        float(share) * len(disputed) / max(1, int(open_.sum())), float(usual), misread, latents, labels
    )


def _lie_among_others(given: np.ndarray, guess: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Which samples are misread and lie among samples of the class that they are taken for: (k,) bool."""
    own, other = (near == given[:, None]).mean(1), (near == guess[:, None]).mean(1)
    return (given != guess) & (own <= HARDLY) & (other >= MOSTLY)


def _around(
    latents: torch.Tensor, others: torch.Tensor, labels: np.ndarray, apart: np.ndarray | None
) -> np.ndarray:
    """Labels of each one's nearest others; those with the same number in `apart`, (n,) for both, do not count."""
    found = []
    for begin in range(0, len(latents), ROWS):
        distances = torch.cdist(latents[begin : begin + ROWS], others).cpu().numpy()
        if apart is not None:
            distances[apart[begin : begin + ROWS, None] == apart[None]] = np.inf
        found.append(_nearest(distances))
    near = np.concatenate(found) if found else np.zeros((0, NEIGHBOURS), dtype=int)
    return labels[near]


def _nearest(distances: np.ndarray) -> np.ndarray:
    """Columns of the nearest in each row, in no order: (k, neighbours)."""
    # a third of the time of argpartition, which is needed only where several are equally far
    bound = np.partition(distances, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1 : NEIGHBOURS]
    columns = np.nonzero(distances <= bound)[1]
    if len(columns) == len(distances) * NEIGHBOURS:
        return columns.reshape(-1, NEIGHBOURS)
    return np.argpartition(distances, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]


def _apart(train: Samples, valid: Samples, rows: np.ndarray) -> np.ndarray:
    """What must not count as each other's neighbours among these validation samples, as a number each.

    Training samples never have neighbours of their own recording there, if recordings were not divided: nor
    may validation samples.
    """
    divided = [
        np.asarray(values)
        for name, values in valid.groups.items()
        if name in train.groups and not np.isin(values, train.groups[name]).any()
    ]
    finest = max(divided, key=lambda values: len(np.unique(values)), default=None)
    if finest is None or len(np.unique(finest)) < 2:
        return rows
    return np.unique(finest[rows], return_inverse=True)[1]


def _some(ids: torch.Tensor) -> torch.Tensor:
    """At most so many of them, evenly spread."""
    if len(ids) <= MOST:
        return ids
    return ids[torch.linspace(0, len(ids) - 1, MOST).long()]
