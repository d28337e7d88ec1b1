"""Suggester: groups whose label looks wrong, ranked by gain from latents and guesses of training; no forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import torch

from ..edits.kinds import Affirm, Drop, Relabel
from ..training.trainer import Trainer
from .suspects import otherwise, suspicion
from .verdict import Verdict, read

TRUSTED_FROM = 50  # optimiser steps, and
LEARNED = 0.6  # of the given labels guessed: before, a net doubts what it has not learned yet
SUSPECTS = 0.35  # share of the samples, least confident first, that are grouped
SHEET = 60  # samples in a group at most: what a page shows at a time
LEAST = 3  # samples in a group worth a question
SAME = 0.5  # of a group already asked about by a better suggestion: not a question of its own
OWN = 0.25  # of its neighbours in validation have the label that it was given, or fewer: a suggestion to be trusted
OTHER = 0.5  # have the one that is proposed, or more
TYPICAL = 4  # samples that show what a class looks like
DRY = 3  # suggestions in a row without a repair, after which a person's time is better spent elsewhere


@dataclass(frozen=True)
class Suggestion:
    """A group of samples that probably carry one wrong label, and the label that they probably deserve."""

    ids: tuple[int, ...]
    medoid: int  # the sample that stands for the group best: one look at it may do
    given: str
    proposed: str
    gain: float  # samples that a right answer would repair, by the model's own doubt
    group: tuple[str, str] | None  # the real group it is, such as ("recording", "r12")
    step: int
    trusted: bool
    reason: str
    evidence: str = ""  # what speaks for it and against it, as of validation data
    typical: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())  # of the class given, and of the one proposed


@dataclass(frozen=True)
class _Evidence:
    """What training has seen of every sample, each (n,)."""

    open: np.ndarray  # not asked or answered yet, labelled, and seen
    given: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray  # in the given label
    certainty: np.ndarray  # in the guess
    doubt: (
        np.ndarray
    )  # how far confidence falls short of what this label usually gets: what is only not learned
    # yet is not in doubt
    learned: float  # share of the given labels that the model guesses
    ready: bool  # it has learned enough to be believed
    reading: Verdict | None  # how it reads validation data; None without any, or before that


@dataclass(frozen=True)
class _Group:
    """Samples of one given label that look like another class: what ranking needs of them."""

    ids: np.ndarray
    given: int
    guess: int
    agreement: float  # share of them that looks like it
    gain: float
    real: tuple[str, str] | None


@dataclass(frozen=True)
class _Question:
    """A group, and what validation data say of it."""

    group: _Group
    trusted: bool
    evidence: str


class Suggester:
    """Ranks groups by gain: size, times doubt in the given label, times agreement and certainty on another one.

    Real groups (a recording, an annotator, each by given label) come first, because mistakes are made by
    recordings and by people. Then suspects: the least confident samples, by the label that they have and the one that
    the model sees in them. Answers re-rank what follows.

    >>> suggester = Suggester(trainer)
    >>> for suggestion in suggester.suggest(3):
    ...     print(suggestion.reason)
    """

    def __init__(self, trainer: Trainer, *, groups: Sequence[str] | None = None):
        trainer.train.check_classes("suggestions need")
        unknown = set(groups or ()) - set(trainer.train.groups)
        if unknown:
            known = ", ".join(trainer.train.groups) or "none"
            raise ValueError(f"there is no group {sorted(unknown)[0]!r}; groups: {known}")
        self.trainer = trainer
        self.groups = tuple(trainer.train.groups if groups is None else groups)
        self._asked = np.zeros(len(trainer.train), dtype=bool)
        self._belief: dict[
            tuple[str, str], float
        ] = {}  # (given, proposed) -> how often that mistake was real
        self._yields: list[bool] = []
        self._ready = False
        self._aside = np.zeros(len(trainer.train), dtype=bool)

    def suggest(self, n: int = 5, *, most: int = SHEET) -> list[Suggestion]:
        """The n groups that are most worth a question now, those to be trusted first; empty when nothing stands out.

        Look-alikes that one question is about are `most` at most: what a page shows at a time.
        """

        def work() -> list[Suggestion]:
            with self.trainer.doing("suggest"):
                return self._suggest(n, most)

        return self.trainer.executor(work)

    def trusted(self) -> list[int]:
        """The samples of all groups that can be trusted to be wrong, as `suggest` has them, and not a word of it."""

        def work() -> list[int]:
            with self.trainer.doing("suggest"):
                found = self._questions(self._evidence(), len(self._asked), len(self._asked))
                return sorted({int(i) for question in found if question.trusted for i in question.group.ids})

        return self.trainer.executor(work)

    def suspects(self, n: int = 40) -> list[int]:
        """The n single samples whose label looks most wrong, the worst first: mistakes here and there, which no group
        shows. It takes what training has seen and no pass."""
        if not isinstance(n, Integral) or isinstance(n, bool) or n < 0:
            raise ValueError(f"suspects takes a number of samples from 0 up, got {n!r}")

        def work() -> list[int]:
            with self.trainer.doing("suggest"):
                return self._suspects(int(n))

        return self.trainer.executor(work)

    def answer(self, suggestion: Suggestion, right: bool) -> None:
        """Tell whether a suggestion was right. It will not be asked again, and its kind counts more or less."""
        self._asked[list(suggestion.ids)] = True
        pair = (suggestion.given, suggestion.proposed)
        self._belief[pair] = self._belief.get(pair, 1.0) * (1.5 if right else 0.5)
        self._yields.append(right)

    @property
    def ready(self) -> bool:
        """Whether the model has learned enough for its doubts to be trusted, as of the last look."""
        return self._ready

    def set_aside(self, suggestion: Suggestion) -> None:
        """Ask about others first; what was set aside comes back when nothing else is left."""
        self._aside[list(suggestion.ids)] = True

    def again(self, n: int = 5) -> list[int]:
        """Samples that somebody relabelled, to be shown once more without the answer: the longest ago first.

        `Journal.agreement` then tells how far people agree with themselves, and with each other.
        """
        times: dict[int, int] = {}
        for event in self.trainer.journal.active:
            if isinstance(event.edit, Relabel):
                for i in event.edit.ids:
                    times[i] = times.get(i, 0) + 1
        return [i for i, count in times.items() if count == 1][:n]

    @property
    def dry(self) -> bool:
        """Whether the last answers brought no repair, so that it is time to stop."""
        return len(self._yields) >= DRY and not any(self._yields[-DRY:])

    def _suggest(self, n: int, most: int) -> list[Suggestion]:
        evidence = self._evidence()
        asked = self._questions(evidence, n, most)
        shown = {label for question in asked for label in (question.group.given, question.group.guess)}
        typical = {label: self._typical(label, evidence) for label in shown}  # many groups share a class
        return [self._tell(question, evidence, typical) for question in asked]

    def _questions(self, evidence: _Evidence, n: int, most: int) -> list[_Question]:
        """What could be asked, the best first."""
        found = self._real(evidence)
        taken = np.zeros(len(self._asked), dtype=bool)
        for group in found:
            taken[group.ids] = True
        found += self._confused(evidence, taken, most)
        found.sort(key=lambda group: (group.real is not None, group.gain), reverse=True)
        told = np.zeros(len(self._asked), dtype=bool)
        questions: list[_Group] = []
        for group in found:
            if evidence.reading is None and len(questions) == n:
                break  # no look at validation data changes their order
            if told[group.ids].mean() < SAME:
                questions.append(group)
                told[group.ids] = True
        weighed = self._weigh(questions, evidence)
        weighed.sort(key=lambda question: not question.trusted)  # and else as they were
        return self._without_those_aside(weighed)[:n]

    def _without_those_aside(self, found: list[_Question]) -> list[_Question]:
        """What was set aside comes once more when there is nothing else to trust."""
        others = [q for q in found if self._aside[q.group.ids].mean() < SAME]
        if len(others) < len(found) and not any(q.trusted for q in others):
            self._aside[:] = False
            return found
        return others

    def _suspects(self, n: int) -> list[int]:
        evidence, mending = self._evidence(look=False), self.trainer.mending
        ids = np.flatnonzero(evidence.open & ~mending.masked.numpy() & (mending.weights > 0))
        if not len(ids):
            return []
        differs = (evidence.predicted >= 0) & (evidence.predicted != evidence.given)
        beside = otherwise(self.trainer.seen.latents, evidence.given, ids, self.trainer.network.goes_on)
        worth = suspicion(evidence.doubt, evidence.certainty, differs, beside)[ids]
        worst = ids[np.argsort(-worth, kind="stable")][:n]
        return worst[np.sort(-worth, kind="stable")[:n] < 0].tolist()

    def _evidence(self, *, look: bool = True) -> _Evidence:
        """What is known of every sample; without a `look` at validation data it takes no pass."""
        seen, given = self.trainer.seen, self.trainer.mending.y.numpy()
        confidence = seen.confidence.cpu().numpy()
        open_ = ~self._asked & ~self._settled() & (given >= 0) & np.isfinite(confidence)
        doubt = np.zeros(len(given))
        for label in np.unique(given[open_]):
            rows = open_ & (given == label)
            usual = np.quantile(confidence[rows], 0.75)
            doubt[rows] = np.clip(1 - confidence[rows] / max(usual, 1e-6), 0, 1)
        certainty = np.nan_to_num(seen.certainty.cpu().numpy())
        predicted = seen.predicted.cpu().numpy().astype(np.int64)
        predicted[predicted >= len(self.trainer.classes)] = -1  # a head may have more outputs than classes
        learned = float((predicted == given)[open_].mean()) if open_.any() else 0.0
        self._ready = ready = self.trainer.steps >= TRUSTED_FROM and learned >= LEARNED
        reading = read(self.trainer, given, predicted, open_) if ready and look else None
        return _Evidence(open_, given, predicted, confidence, certainty, doubt, learned, ready, reading)

    def _settled(self) -> np.ndarray:
        """Which samples have been relabelled, affirmed or left out, by a person or by the machine: (n,) bool."""
        settled = np.zeros(len(self._asked), dtype=bool)
        for event in self.trainer.journal.active:
            if isinstance(event.edit, Relabel | Drop | Affirm):
                settled[list(event.edit.ids)] = True
        return settled

    def _real(self, evidence: _Evidence) -> list[_Group]:
        """What was recorded together or labelled by one hand, by given label, where the model doubts most of it."""
        groups = self.trainer.train.groups
        found: list[_Group] = []
        for name in sorted(self.groups, key=lambda name: -len(np.unique(groups[name]))):  # the finest first
            values = groups[name]
            for value in np.unique(values[evidence.open]):
                self.trainer.network.goes_on()
                inside = evidence.open & (values == value)
                for label in np.unique(evidence.given[inside]):
                    ids = np.flatnonzero(inside & (evidence.given == label))
                    group = self._judge(ids, evidence, (name, str(value)))
                    if group is not None and evidence.doubt[ids].mean() > 0.5:
                        found.append(group)
        return found

    def _confused(self, evidence: _Evidence, taken: np.ndarray, most: int) -> list[_Group]:
        """Suspects that have one label and one guess in common, the surest guesses of each first.

        k-means on latent and label made groups that were mixed, and took longer than ten steps of a small net.
        """
        candidates = np.flatnonzero(evidence.open & ~taken)
        count = int(SUSPECTS * len(candidates))
        suspects = candidates[np.argsort(-evidence.doubt[candidates], kind="stable")[:count]]
        given, guess = evidence.given[suspects], evidence.predicted[suspects]
        disputed = (guess >= 0) & (guess != given)
        suspects, pair = suspects[disputed], (given * len(self.trainer.classes) + guess)[disputed]
        order = np.lexsort((-evidence.certainty[suspects], pair))
        _, starts = np.unique(pair[order], return_index=True)
        found = [self._judge(ids[:most], evidence, None) for ids in np.split(suspects[order], starts[1:])]
        return [group for group in found if group is not None]

    def _judge(self, ids: np.ndarray, evidence: _Evidence, real: tuple[str, str] | None) -> _Group | None:
        """Whether these samples, all given one label, look like another class, and how much that would repair."""
        if len(ids) < LEAST:
            return None
        classes = self.trainer.classes
        given = int(evidence.given[ids[0]])
        guesses = evidence.predicted[ids]
        votes = np.bincount(guesses[guesses >= 0], minlength=len(classes))
        guess = int(votes.argmax())
        agreement = float(votes[guess]) / len(ids)
        if guess == given or agreement < 0.5:
            return None
        sure, doubt = float(evidence.certainty[ids].mean()), float(evidence.doubt[ids].mean())
        belief = self._belief.get((classes[given], classes[guess]), 1.0)
        return _Group(ids, given, guess, agreement, len(ids) * doubt * agreement * sure * belief, real)

    def _tell(
        self, question: _Question, evidence: _Evidence, typical: dict[int, tuple[int, ...]]
    ) -> Suggestion:
        """A group in words, and the samples that stand for it and for its classes."""
        classes, group, steps = self.trainer.classes, question.group, self.trainer.steps
        ids, was, now = group.ids, classes[group.given], classes[group.guess]
        where = f" in {group.real[0]} {group.real[1]}" if group.real else ""
        reason = (
            f"{len(ids)} samples{where} are labelled {was}. The model sees {now} in {group.agreement:.0%} of them, and"
            f" gives their label a probability of {evidence.confidence[ids].mean():.0%}."
        )
        if not evidence.ready:
            reason += f" Too early to trust: the model agrees with {evidence.learned:.0%} of all labels yet."
        z = self.trainer.seen.latents[torch.as_tensor(ids).to(self.trainer.device)]
        medoid = int(ids[int((z - z.mean(0)).square().sum(1).argmin())])
        return Suggestion(
            *(tuple(ids.tolist()), medoid, was, now, group.gain, group.real, steps, question.trusted, reason),
            evidence=question.evidence,
            typical=(typical[group.given], typical[group.guess]),
        )

    def _weigh(self, groups: list[_Group], evidence: _Evidence) -> list[_Question]:
        """Whether validation data leave a doubt in the labels of each group, and what they say."""
        reading, classes = evidence.reading, self.trainer.classes
        if reading is None or not groups:
            return [_Question(group, evidence.ready, "") for group in groups]
        ids = np.unique(np.concatenate([group.ids for group in groups]))
        near = reading.around(self.trainer.exact(torch.from_numpy(ids)))
        found = []
        for group in groups:
            theirs = near[np.searchsorted(ids, group.ids)]
            own, other = float((theirs == group.given).mean()), float((theirs == group.guess).mean())
            told = reading.tell(group.given, group.guess, own, other, classes)
            alike = own <= OWN and other >= OTHER
            if alike and reading.explains:
                told += " " + reading.excuse
            elif not alike:
                told += " So their label may well be right."
            found.append(_Question(group, alike and not reading.explains, told))
        return found

    def _typical(self, label: int, evidence: _Evidence) -> tuple[int, ...]:
        """Samples of a class that the model is sure of, nearest to its middle first."""
        rows = np.flatnonzero((evidence.given == label) & (evidence.predicted == label))
        if not len(rows):
            return ()
        rows = rows[np.argsort(-evidence.certainty[rows], kind="stable")][: max(TYPICAL, len(rows) // 2)]
        z = self.trainer.seen.latents[torch.as_tensor(rows).to(self.trainer.device)]
        apart = (z - z.mean(0)).square().sum(1).cpu().numpy()
        return tuple(rows[np.argsort(apart, kind="stable")[:TYPICAL]].tolist())
