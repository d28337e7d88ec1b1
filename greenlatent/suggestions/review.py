"""Review: left-out samples judged anew by the net of now: which may come back, and sheets for a person to sort."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import torch

from ..edits.kinds import Affirm, Drop, Edit, Move, Relabel, Weigh, touched
from ..edits.mends import at_once
from ..edits.rating import edits_of
from ..energy.names import count
from ..training.trainer import Trainer

SHEET = 60  # samples on a sheet at most: what a page shows at a time
NEIGHBOURS = 15
SHARE = 0.5  # of its neighbours left out: a sample probably has the same mistake
LEAST = 0.25  # of the samples of a label: the machine by itself leaves no fewer in training
HEAVIEST = 100.0  # the most that an edit can make a sample count
CROWD = 4000  # neighbours are looked for among so many of a label at most
ROWS = 1024  # distances are computed for so many samples at a time
MACHINE = "machine"
NOBODY = {MACHINE, "agent"}  # by whom an edit is that nobody looked at


@dataclass(frozen=True)
class Sheet:
    """Samples to be divided by somebody who looks at them: the most promising first.

    Of those that the machine has `left_out` of training, those are marked whose label is right after all; of others,
    which lie among what was left out, those whose label is wrong.
    """

    ids: tuple[int, ...]
    label: str | None  # of all of them; None where they differ
    left_out: bool
    finds: float  # samples that will probably be marked
    step: int
    asks: str = ""  # the question, where it is another than that about what was left out

    @property
    def question(self) -> str:
        """What is asked about them."""
        if self.asks:
            return self.asks
        n, labelled = len(self.ids), f" labelled {self.label}" if self.label else ""
        if self.left_out:
            return f"{count(n, 'sample')}{labelled} left out: which labels are right after all?"
        return f"{count(n, 'sample')}{labelled} among those left out: which labels are wrong?"

    def sort(self, marked: Iterable[int]) -> list[Edit]:
        """The edits that say what somebody found: `marked` as the question asks, the rest not."""
        some = tuple(marked)
        chosen = set(Affirm(some).ids) if some else set()
        if strange := chosen - set(self.ids):
            raise ValueError(f"sample {min(strange)} is not on this sheet; mark some of its {len(self.ids)}")
        ours = tuple(i for i in self.ids if i in chosen)
        rest = tuple(i for i in self.ids if i not in chosen)
        right, wrong = (ours, rest) if self.left_out else (rest, ours)
        return [*([Affirm(right)] if right else []), *_drop(wrong)]


@dataclass(frozen=True)
class Revision:
    """What a machine would do about it: leave out what is `astray`, too, and take back what is `cleared`."""

    astray: tuple[int, ...]
    cleared: tuple[int, ...]


@dataclass(frozen=True)
class _Look:
    """All samples as the model sees them now, in eval mode: each (n,)."""

    given: np.ndarray
    guess: np.ndarray
    belief: np.ndarray  # in the given label, where it and the guess are the only two
    out: np.ndarray  # left out of training, by whomever
    open: np.ndarray  # labelled, and nobody has judged the label or left it out by hand
    beside: np.ndarray  # of its neighbours with the same label, the share that is left out; 0 where not open


class Review:
    """Looks again at what was left out, with a net that was not trained on it: its guess is worth more by then.

    A label that it guesses by itself is probably right. What nobody doubted, but has mostly neighbours of the same
    label that were left out, is probably wrong: the net has learned that mistake. What remains in doubt a person
    can divide, a sheet at a time. What they said is in the journal, and is not asked or overruled again.

    >>> review = Review(trainer)
    >>> for edit in review.edits(review.revise()):
    ...     trainer.journal.add(edit, by="machine")
    """

    def __init__(self, trainer: Trainer):
        trainer.train.check_classes("a review needs")
        self.trainer = trainer

    @property
    def left_out(self) -> np.ndarray:
        """What training does without from the next step on, by whomever it was left out: (n,) bool."""
        return (self.trainer.upcoming.weights == 0) & (self.trainer.train.weights > 0)

    def revise(self) -> Revision:
        """What a machine would do. Where anything is left out it takes a pass over all samples, without a gradient."""
        if not self.left_out.any():
            return Revision((), ())
        look = self._look()
        astray = look.open & ~look.out & (look.beside >= SHARE)
        cleared = look.open & look.out & (look.guess == look.given)
        return Revision(_ids(astray), _ids(cleared))

    def edits(self, revision: Revision) -> list[Edit]:
        """A revision as edits."""
        return [*_drop(revision.astray), *self._back(revision.cleared)]

    def carry_out(
        self,
        suggested: Iterable[int],
        *,
        by: str = MACHINE,
        allowed: Callable[[Revision], bool] | None = None,
    ) -> Revision:
        """Do it in the journal, by the machine, and leave out these, too; returns what was done.

        Nothing happens twice without a step between: the net would be asked about what it was just trained on. What a
        person edited stays as they left it, and of each label so much stays in training that it can still be learned.
        Nothing is done that is not `allowed`.
        """
        journal, trainer = self.trainer.journal, self.trainer
        if any(event.by in NOBODY and event.step == trainer.steps for event in journal.active):
            return Revision((), ())
        found = self.revise()
        with journal.lock:  # a person may have edited meanwhile
            theirs, weights = self._theirs(), trainer.upcoming.weights
            astray = {int(i) for i in (*found.astray, *suggested) if weights[i] and not theirs[i]}
            cleared = tuple(i for i in found.cleared if not weights[i] and not theirs[i])
            done = Revision(self._spared(np.array(sorted(astray), dtype=int)), cleared)
            if allowed is not None and not allowed(done):
                return Revision((), ())
            for edit in self.edits(done):
                journal.add(edit, by=by)
        return done

    def _spared(self, astray: np.ndarray) -> tuple[int, ...]:
        """Those of them that may go: all of a label, or none where fewer than a quarter of it would be left."""
        mending = self.trainer.upcoming
        given, left = mending.y.numpy(), mending.weights > 0
        left[astray] = False
        labels = np.unique(given[astray])
        scarce = [k for k in labels if left[given == k].mean() < LEAST]
        return tuple(astray[~np.isin(given[astray], scarce)].tolist())

    def sheets(self, n: int = 5, *, among: Iterable[int] | None = None) -> list[Sheet]:
        """The n sheets that are most worth somebody's time, best first; costs as much as `revise`.

        With `among` only these samples are asked about.
        """
        if not isinstance(n, Integral) or n < 0:
            raise ValueError(f"sheets takes a number of sheets from 0 up, got {n!r}")
        if not (n and self.left_out.any()):
            return []
        look = self._look()
        asked = np.full(len(look.given), among is None)
        if among is not None:
            asked[list(among)] = True
        doubted = asked & look.open & look.out & (look.guess != look.given)
        found: list[Sheet] = []
        for label in np.unique(look.given[doubted]):
            name = self.trainer.classes[label]
            found += self._divide(doubted & (look.given == label), look.belief, name, True)
        # mistakes that nobody doubted are few: they are asked about with all labels on a sheet, or it would be empty
        found += self._divide(asked & (look.beside > 0), look.beside, None, False)
        found.sort(key=lambda sheet: -sheet.finds)
        return found[:n]

    def _divide(self, where: np.ndarray, worth: np.ndarray, label: str | None, left_out: bool) -> list[Sheet]:
        """Sheets of these samples, the most promising first."""
        ids = np.flatnonzero(where)
        ids = ids[np.argsort(-worth[ids], kind="stable")]
        return [
            Sheet(tuple(some.tolist()), label, left_out, float(worth[some].sum()), self.trainer.steps)
            for some in np.split(ids, range(SHEET, len(ids), SHEET))
            if len(some)
        ]

    def _back(self, ids: tuple[int, ...]) -> list[Edit]:
        """Into training again, as often as before."""
        weights = np.minimum(self.trainer.upcoming.kept[list(ids)], HEAVIEST)
        return [
            Weigh(tuple(np.asarray(ids)[weights == weight].tolist()), float(weight))
            for weight in np.unique(weights)
        ]

    def _look(self) -> _Look:
        trainer = self.trainer
        mending = trainer.upcoming
        given = mending.y.numpy()
        with trainer.doing("suggest"):
            latents, belief = trainer.executor(lambda: trainer.beliefs(torch.arange(len(given))))
        p, rows = belief.cpu().numpy(), np.arange(len(given))
        if not np.isfinite(p).all():
            raise RuntimeError(
                "the model's outputs are not numbers any more (NaN): reset, and train with a lower rate"
            )
        guess, own = p.argmax(1), p[rows, np.maximum(given, 0)]
        out = self.left_out
        open_ = (given >= 0) & ~mending.masked.numpy() & (trainer.train.weights > 0) & ~self._said()
        beside = np.where(open_ & ~out, self._beside(latents, given, out), 0.0)
        return _Look(given, guess, own / np.maximum(own + p[rows, guess], 1e-9), out, open_, beside)

    def _said(self) -> np.ndarray:
        """What somebody has said something about, be it that the label is right or that it is wrong: (n,) bool."""
        judged = np.zeros(len(self.trainer.train), dtype=bool)
        out = judged.copy()  # by a weight of 0, which a weight above it takes back
        theirs = [event for event in self.trainer.journal.active if event.by not in NOBODY]
        for edit in edits_of(theirs):  # stars as weights
            if isinstance(edit, Relabel | Affirm | Drop) or (isinstance(edit, Move) and at_once(edit)):
                judged[list(edit.ids)] = True
            elif isinstance(edit, Weigh):
                out[list(edit.ids)] = edit.weight == 0
        return judged | out

    def _theirs(self) -> np.ndarray:
        """What a person has edited in any way: (n,) bool."""
        theirs = np.zeros(len(self.trainer.train), dtype=bool)
        for event in self.trainer.journal.active:
            if event.edit is not None and event.by not in NOBODY:
                theirs[list(touched(event.edit))] = True
        return theirs

    def _beside(self, latents: torch.Tensor, given: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Of each sample's nearest neighbours with the same label, the share that is left out: (n,), 0 for those."""
        z = (latents - latents.mean(0)) / latents.std(0).clamp(min=1e-6)
        beside = np.zeros(len(given))
        for label in np.unique(given[out & (given >= 0)]):
            ids = np.flatnonzero(given == label)
            crowd = ids if len(ids) <= CROWD else ids[np.linspace(0, len(ids) - 1, CROWD).astype(int)]
            kept, k = ids[~out[ids]], min(NEIGHBOURS, len(crowd) - 1)
            for begin in range(0, len(kept) if k > 0 else 0, ROWS):
                self.trainer.network.goes_on()
                some = kept[begin : begin + ROWS]
                apart = torch.cdist(z[some], z[crowd]).cpu().numpy()
                own = np.searchsorted(crowd, some).clip(max=len(crowd) - 1)
                itself = np.flatnonzero(crowd[own] == some)
                apart[itself, own[itself]] = np.inf
                # half of the time of torch's topk
                near = apart <= np.partition(apart, k - 1, axis=1)[:, k - 1 : k]
                beside[some] = near[:, out[crowd]].sum(1) / near.sum(1)
        return beside


def _ids(where: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(where).tolist())


def _drop(ids: tuple[int, ...]) -> list[Edit]:
    return [Drop(ids)] if ids else []
