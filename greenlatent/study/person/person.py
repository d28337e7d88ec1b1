"""Person: the simulated hand in front of the widget, its edits and its seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ... import Drop, Move, Relabel
from .trial import UNSURE, Eyes

SHEET = 60  # previews that the widget shows of a selection at a time


@dataclass(frozen=True)
class Screen:
    """What the widget shows: positions, labels as they are now, confidence, groups, suggestions. No truth."""

    step: int
    points: np.ndarray  # (n, 2)
    given: np.ndarray  # (n,)
    confidence: np.ndarray  # (n,), by which the plot can be coloured; NaN for what training has not met
    classes: tuple[str, ...]
    groups: Mapping[str, np.ndarray]
    suggest: Callable[[int], list[Any]]
    answer: Callable[[Any, bool], None]
    sheets: Callable[[int], list[Any]]


@dataclass(frozen=True)
class Gesture:
    """What the person did and the seconds it took; looking without doing anything has no edits."""

    edits: tuple[Any, ...]
    seconds: float


@dataclass(frozen=True)
class Person:
    """Somebody with so many seconds, who makes mistakes, does not know everything, and declines what is too mixed.

    A group is judged by its contact sheet, at most 60 previews: 8 s, and 1 s for each member that is taken out
    because its label looks right. What most of the others are gives the name, a slip of the hand included; members
    beyond the sheet get it too. So does whatever else is among them if somebody labelled or recorded them together;
    of look-alikes, what looks like neither label is taken out as well, for a second each, and not trained on.

    A group is declined unless that mends `worth` times as much in its seconds as naming single samples would, at 4 s
    each. If the labels of most of it look wrong, all of it is left out of training instead. After `patience` groups
    in a row without anything to mend a session ends; if that was all of it, they do not come back.

    `how`: "groups" answers the suggestions so; "review" divides sheets of what the machine left out, and of what lies
    among it, into right and wrong: 8 s a sheet and 1 s a mark, of which the hand misses some; "medoids" looks at one
    sample of each suggestion, "singles" names the least confident samples, "random" any. `drag` moves samples to a
    class instead of naming it.
    """

    seconds: float = 240.0
    how: Literal["groups", "medoids", "singles", "random", "review"] = "groups"
    drag: bool = False
    error: float = 0.05
    unsure: float = 0.02
    worth: float = 1.0
    patience: int | None = 5
    relabel_seconds: float = 4.0
    verify_seconds: float = 2.0
    lasso_seconds: float = 8.0
    deselect_seconds: float = 1.0
    drag_seconds: float = 5.0

    def session(
        self, screen: Screen, eyes: Eyes, seconds: float, rng: np.random.Generator
    ) -> Iterator[Gesture]:
        """Sit down for so many seconds; a gesture that would take longer than what is left is not begun."""
        ways = {"singles": self._singles, "random": self._singles, "review": self._review}
        return ways.get(self.how, self._groups)(screen, eyes, seconds, rng)

    def _groups(
        self, screen: Screen, eyes: Eyes, seconds: float, rng: np.random.Generator
    ) -> Iterator[Gesture]:
        left, idle = seconds, 0
        least = self.verify_seconds if self.how == "medoids" else self.lasso_seconds
        while left >= least:
            suggestions = screen.suggest(max(1, int(left / least)))
            if not suggestions:
                return
            for suggestion in suggestions:
                if left < least:
                    return
                gesture = (self._one if self.how == "medoids" else self._sheet)(
                    suggestion, screen, eyes, left
                )
                left -= gesture.seconds
                screen.answer(suggestion, any(not isinstance(edit, Drop) for edit in gesture.edits))
                idle = 0 if gesture.edits else idle + 1
                yield gesture
                if self.patience is not None and idle >= self.patience:
                    return

    def _sheet(self, suggestion: Any, screen: Screen, eyes: Eyes, left: float) -> Gesture:
        ids = np.array(suggestion.ids)
        seen = eyes.look(ids[:SHEET])
        known = seen[seen != UNSURE]
        if not len(known):
            return Gesture((), self.lasso_seconds)
        given = screen.classes.index(suggestion.given)
        votes = np.bincount(known, minlength=len(screen.classes))
        mostly_wrong = votes[given] < len(known) / 2
        votes[given] = 0
        name = int(votes.argmax())
        out = seen == given
        neither = (seen != UNSURE) & (seen != name) & ~out & (suggestion.group is None)
        spent = self.lasso_seconds + self.deselect_seconds * int((out | neither).sum())
        if spent > left or votes[name] * self.relabel_seconds < self.worth * spent:
            return Gesture((Drop(suggestion.ids),) if mostly_wrong else (), self.lasso_seconds)
        sheet = ids[:SHEET]
        chosen = np.setdiff1d(ids, sheet[out | neither])
        strange = (Drop(tuple(sheet[neither].tolist())),) if neither.any() else ()
        return Gesture((self._edit(chosen, eyes.slip(name), screen), *strange), spent)

    def _one(self, suggestion: Any, screen: Screen, eyes: Eyes, left: float) -> Gesture:
        """Is this one a ...? The answer goes for the whole group."""
        seen = int(eyes.look([suggestion.medoid])[0])
        agreed = seen != UNSURE and screen.classes[seen] == suggestion.proposed
        edits = (self._edit(np.array(suggestion.ids), seen, screen),) if agreed else ()
        return Gesture(edits, self.verify_seconds)

    def _review(
        self, screen: Screen, eyes: Eyes, seconds: float, rng: np.random.Generator
    ) -> Iterator[Gesture]:
        left = seconds
        if screen.groups:  # mistakes made by a recording or by an annotator have one name: they come first
            for gesture in self._groups(replace(screen, suggest=_real(screen)), eyes, seconds, rng):
                left -= gesture.seconds
                yield gesture
        for sheet in screen.sheets(int(seconds / self.lasso_seconds)):
            if left < self.lasso_seconds:
                return
            label = screen.given[list(sheet.ids)]
            seen = eyes.look(sheet.ids)
            marked = (seen == label) if sheet.left_out else (seen != label) & (seen != UNSURE)
            # the fewer are marked, by clicks on them or, after all were marked by one key, on the others
            marks = np.minimum(marked.cumsum(), (~marked).cumsum())
            done = int((marks * self.deselect_seconds <= left - self.lasso_seconds).sum())
            part = replace(sheet, ids=sheet.ids[:done])
            hit = [
                bool(mark) and eyes.slip(int(k)) == k for mark, k in zip(marked, label[:done], strict=False)
            ]
            chosen = np.array(part.ids)[hit]
            spent = self.lasso_seconds + self.deselect_seconds * int(marks[done - 1])
            left -= spent
            yield Gesture(tuple(part.sort(chosen)), spent)

    def _singles(
        self, screen: Screen, eyes: Eyes, seconds: float, rng: np.random.Generator
    ) -> Iterator[Gesture]:
        if self.how == "random":
            order = rng.permutation(len(screen.given))
        else:
            order = np.argsort(np.nan_to_num(screen.confidence, nan=1.0), kind="stable")
        each = self.drag_seconds if self.drag else self.relabel_seconds
        for i in order[: int(seconds / each)]:
            seen = int(eyes.look([i])[0])
            if seen in (UNSURE, screen.given[i]):
                yield Gesture((), self.verify_seconds)
            else:
                yield Gesture((self._edit(np.array([i]), seen, screen),), each)

    def _edit(self, ids: np.ndarray, label: int, screen: Screen) -> Relabel | Move:
        name = screen.classes[label]
        return Move(tuple(ids.tolist()), name) if self.drag else Relabel(tuple(ids.tolist()), name)


def _real(screen: Screen) -> Callable[[int], list[Any]]:
    """Suggestions about real groups only."""
    return lambda n: [s for s in screen.suggest(n) if s.group is not None]


@dataclass
class Effort:
    """What a person did in one run."""

    seconds: float = 0.0
    questions: int = 0
    edits: int = 0
    samples: int = 0
    at: list[int] = field(default_factory=list)  # steps of the sessions

    def note(self, gesture: Gesture) -> None:
        """Count a gesture."""
        self.seconds += gesture.seconds
        self.questions += 1
        if gesture.edits:
            self.edits += 1
            self.samples += sum(len(edit.ids) for edit in gesture.edits)
