"""Diagnosis: is it the data or the model? A verdict on every sample, and the numbers behind it."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from ...energy.names import count
from ...training.trainer import Trainer
from . import inputs as looks
from .second import neighbours, overlaps, votes

NOTHING, LABEL, BROKEN, OVERLAP, MODEL = (
    "nothing to see",
    "the label looks wrong",
    "the sample looks broken",
    "the classes overlap here",
    "the model is too small or too young here",
)
VERDICTS = (NOTHING, LABEL, BROKEN, OVERLAP, MODEL)
DATA = (LABEL, BROKEN, OVERLAP)
STANDS_OUT, ODD = (
    3.5,
    4.5,
)  # deviations from which on a sample looks broken: as a whole, and in one property of a channel
COPIES = 0.02  # of the samples may be copies; where there are more, that is how the data are
DISPUTED = 0.5  # overlap of two classes from which on a doubt between them is not about a label
BESIDE = 0.1  # votes that the other class must have for that
AGAINST, LITTLE = 0.5, 0.25  # votes of the other class, and of its own, for a label to look wrong
BACKED = 0.5  # votes of its own class, so that a doubt of the model is the model's
VALIDATED = 2000  # validation samples that a look passes through the model at most
UNASKED = 20_000  # samples that are looked at without being asked, and
ALLOWED = 0.02  # of training's processor time so far that such looks may take, all of them together
# processor seconds that a look may take: a sample, a number of its input, a pair, and a sample once more
A_SAMPLE, A_VALUE, A_PAIR, AGAIN = 12e-6, 1.8e-8, 9e-9, 4e-6  # as seen, and a half more
SOONER = 1.5  # a belief is remembered again once training has come so many times as far
UNSURE = 0.5  # belief in its label below which the model doubts it
WORD = {  # what would tell more
    LABEL: "look at it, and affirm or rename it; train on, and see whether the model comes to agree",
    BROKEN: "look at its preview; leave it out, and see whether validation changes",
    OVERLAP: "look at both classes side by side; another sensor or feature, or one class in place of two",
    MODEL: "train on, or try a wider net; a doubt that stays with both is not the model's",
    NOTHING: "",
}


@dataclass(frozen=True)
class Diagnosis:
    """Verdicts on some samples, as of a step. `print` tells how many have which; `of(id)` says why.

    >>> found = lab.diagnose()
    >>> found.ids[found.verdicts == "the label looks wrong"]
    """

    ids: np.ndarray
    verdicts: np.ndarray  # (k,) texts
    numbers: dict[str, np.ndarray]  # name -> (k,): what the verdicts rest on
    label: np.ndarray  # (k,) how much the label looks wrong, to rank by
    broken: np.ndarray  # (k,) how much the sample looks broken
    step: int
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    before: int = 0  # the step of the beliefs that those of now are held against
    seconds: float = 0.0  # of processor time that this look took, and
    share: float | None = None  # of training's so far; None where no meter ran beside it

    @property
    def counts(self) -> dict[str, int]:
        """How many have each verdict."""
        found = Counter(self.verdicts.tolist())
        return {verdict: found.get(verdict, 0) for verdict in VERDICTS}

    @property
    def verdict(self) -> str:
        """Of all of them as a group: what more than a third have, if anything, the most frequent first."""
        counts = {verdict: n for verdict, n in self.counts.items() if verdict != NOTHING}
        most = max(counts, key=lambda verdict: counts[verdict])
        return most if len(self.ids) and counts[most] > len(self.ids) / 3 else NOTHING

    def of(self, id: int) -> str:
        """The verdict on one sample with its numbers, and what would tell more."""
        found = np.flatnonzero(self.ids == id)
        if not len(found):
            raise ValueError(f"sample {id} was not diagnosed; ask lab.diagnose([{id}])")
        row = int(found[0])
        verdict = str(self.verdicts[row])
        more = f" To tell more: {WORD[verdict]}." if WORD[verdict] else ""
        return f"{self._capital(verdict)}: {self._why(row, verdict)}.{more}"

    @property
    def text(self) -> str:
        """The verdict on the group, with how many have it."""
        verdict, n = self.verdict, len(self.ids)
        if verdict == NOTHING:
            others = ", ".join(f"{count:,} {v}" for v, count in self.counts.items() if count and v != NOTHING)
            return f"Nothing to see in most of them{f'; {others}' if others else ''}."
        of_it = np.flatnonzero(self.verdicts == verdict)
        first = int(of_it[np.lexsort((self.ids[of_it], -self.label[of_it]))[0]])
        said = f"{self._capital(verdict)} in {self.counts[verdict]:,} of {n:,}"
        return f"{said}; of sample {self.ids[first]}: {self._why(first, verdict)}."

    def __str__(self) -> str:
        took = "" if self.share is None else f"; {self.share:.1%} of training's processor time so far"
        lines = [f"At step {self.step:,}, {count(len(self.ids), 'sample')}{took}"]
        return "\n".join([*lines, *(f"{n:>7,}  {verdict}" for verdict, n in self.counts.items() if n)])

    @staticmethod
    def _capital(text: str) -> str:
        return text[0].upper() + text[1:]

    def _why(self, row: int, verdict: str) -> str:
        def of(name: str) -> Any:
            return self.numbers[name][row]

        given, other = (self._name(int(of(name))) for name in ("given", "other"))
        beside = f"{of('beside own'):.0f} of {of('beside'):.0f} neighbours have its label {given}"
        if verdict == BROKEN:
            return self._why_broken(row)
        if verdict == LABEL:
            second = f"a second look gives {of('own'):.0%} and {of('votes'):.0%}"
            return f"{beside}, {of('beside other'):.0f} have {other}; {second}{self._validated(row)}"
        if verdict == OVERLAP:
            most = f"{beside}, {of('beside other'):.0f} have {other}{self._validated(row)}"
            return f"{given} and {other} overlap {of('overlap'):.0%}; {most}"
        believes = f"the model gives its label {of('belief'):.0%}" if of("belief") >= 0 else "not seen yet"
        if of("belief before") >= 0:
            believes += f" ({of('belief before'):.0%} at step {self.before:,})"
        forgot = f", and forgot it {of('forgotten'):.0f} times" if of("forgotten") > 1 else ""
        return f"{believes}{forgot}, a second look {of('own'):.0%}; {beside}{self._validated(row)}"

    def _validated(self, row: int) -> str:
        """How validation does here."""
        right, given = self.numbers["validation"][row], self._name(int(self.numbers["given"][row]))
        return "" if np.isnan(right) else f"; of the validation samples of {given} it reads {right:.0%} right"

    def _why_broken(self, row: int) -> str:
        found = {name: float(self.numbers[name][row]) for name in ("far", "unlike", "odd")}
        if (copy := int(self.numbers["copy"][row])) >= 0:
            return f"its input is that of sample {copy}"
        worst = max(found, key=lambda name: found[name])
        channel = self._channel(int(self.numbers["channel"][row]))
        what = {
            "far": "it lies far from all others",
            "unlike": "it is made of what no other has",
            "odd": f"{channel} {'stands still' if self.numbers['dead'][row] else 'is like in no other'}",
        }[worst]
        return f"{what}, by {found[worst]:.1f} deviations"

    def _channel(self, channel: int) -> str:
        return self.channels[channel] if channel < len(self.channels) else "it"

    def _name(self, label: int) -> str:
        return self.classes[label] if 0 <= label < len(self.classes) else "none"


class Doctor:
    """Judges samples by what training has seen and by their inputs; no pass of the model but of validation data.

    On the thread that owns the model.
    Inputs are looked at once: they do not change.
    """

    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self._inputs: looks.Looks | None = None
        self._beliefs: list[tuple[int, np.ndarray]] = []  # some steps, and what the model believed then
        self._unasked = 0.0  # processor seconds of looks that nobody asked for
        self._judged: tuple[np.ndarray, np.ndarray] | None = None  # the last verdicts on all, of these labels
        trainer.at_reset.append(self._forget)

    def allowed(self, trained: float) -> bool:
        """Whether a look that nobody asked for may be taken after so many seconds of training: inputs that are read
        one by one may take minutes, and all such looks together at most a fiftieth of training so far."""
        train = self.trainer.train
        if self._inputs is None and (len(train) > UNASKED or train.lazy):
            return False
        return self._unasked + self.expected <= ALLOWED * trained

    @property
    def expected(self) -> float:
        """Processor seconds that a look may take, by the size of the data."""
        train = self.trainer.train
        if self._inputs is not None:
            return AGAIN * len(train)
        n = len(train)
        return n * (A_SAMPLE + A_VALUE * math.prod(train.shape) + A_PAIR * looks.crowded(n))

    @property
    def _trained(self) -> float:
        meter = self.trainer.meter
        return 0.0 if meter is None else meter.processor_seconds_of("train")

    def unasked(self, ids: Sequence[int]) -> str:
        """What a card says of its samples: the verdict on them, or why there is none and who gives one."""
        trained = self._trained
        if not self.allowed(trained):
            return (
                f"Not looked at: it may take {1000 * self.expected:,.0f} ms, and {ALLOWED:.0%} of training so far are"
                f" {1000 * ALLOWED * trained:,.0f} ms. lab.diagnose() looks all the same."
            )
        found = self.diagnose(ids, validate=False)  # a card says that already
        self._unasked += found.seconds
        return found.text

    @property
    def verdicts(self) -> np.ndarray | None:
        """(n,) the last ones, None for samples that have another label since; None before the first."""
        if self._judged is None:
            return None
        verdicts, given = self._judged
        now = self.trainer.upcoming.y.numpy()
        return np.where(given == now, verdicts, None)  # type: ignore[call-overload, no-any-return]

    def _forget(self) -> None:
        """It begins again: nothing was judged yet."""
        self._beliefs = []
        if self._judged is not None:
            self._judged = np.full(len(self.trainer.train), None), self._judged[1]

    def remember(self) -> None:
        """What the model believes now, to be held against later; seldom, as it is a number a sample."""
        steps = self.trainer.steps
        if steps and (not self._beliefs or steps >= SOONER * self._beliefs[-1][0]):
            self._beliefs.append((steps, np.nan_to_num(self.trainer.seen.confidence.cpu().numpy(), nan=-1.0)))

    def _before(self) -> tuple[int, np.ndarray]:
        """The last of these from the first half of training."""
        steps = self.trainer.steps
        found = [one for one in self._beliefs if one[0] <= steps / 2]
        return found[-1] if found else (0, np.full(len(self.trainer.train), -1.0))

    @property
    def inputs(self) -> looks.Looks:
        if self._inputs is None:
            train, goes_on = self.trainer.train, self.trainer.network.goes_on
            x = torch.cat([train.view(ids).cpu() for ids in torch.arange(len(train)).split(looks.ROWS)])
            self._inputs = looks.read(x, goes_on)
        return self._inputs

    def diagnose(self, ids: Sequence[int] | np.ndarray | None = None, *, validate: bool = True) -> Diagnosis:
        """Of these samples, or of all; `validate` passes the validation data through the model."""
        train = self.trainer.train
        train.check_classes("a diagnosis needs")
        if len(train) < 2:
            raise ValueError("a diagnosis compares a sample with others, and there are none")
        rows = np.arange(len(train)) if ids is None else _checked(ids, len(train))
        begun, trained = time.process_time(), self._trained
        with self.trainer.doing("suggest"):
            found = self._judge(rows, self._validation() if validate else None)
        took = time.process_time() - begun
        return replace(found, seconds=took, share=took / trained if trained > 0 else None)

    def _validation(self) -> np.ndarray | None:
        """(classes,) the share of validation samples of each label that are read right, NaN where there are none."""
        valid = self.trainer.valid
        known = None if valid is None else (valid.y >= 0).nonzero()[:, 0]
        if valid is None or known is None or not len(known):
            return None
        known = known[torch.linspace(0, len(known) - 1, min(VALIDATED, len(known))).long()]
        belief = self.trainer.network.beliefs(valid, known)[1]
        y, n = valid.y[known].numpy(), len(self.trainer.classes)
        right = np.bincount(y[belief.argmax(1).cpu().numpy() == y], minlength=n)
        with np.errstate(invalid="ignore"):
            return right / np.bincount(y, minlength=n)

    def _judge(self, rows: np.ndarray, validation: np.ndarray | None) -> Diagnosis:
        trainer, seen, found = self.trainer, self.trainer.seen, self.inputs
        given, classes = trainer.upcoming.y.numpy().astype(int), trainer.classes
        counts = neighbours(found, given, len(classes))
        vote = votes(found, given, len(classes), counts)
        pairs = overlaps(vote, given)
        n = np.arange(len(given))
        own = np.where(given >= 0, vote[n, given], np.nan)
        others = vote.copy()
        others[n, given] = -1
        mixed = np.where(others >= BESIDE, pairs[given], 0.0)
        step, before = self._before()
        other = np.where(mixed.max(1) >= DISPUTED, mixed.argmax(1), others.argmax(1))
        numbers = {
            "given": given,
            "other": other,
            "own": own,
            "votes": vote[n, other],
            "beside": counts.sum(1),
            "beside own": np.where(given >= 0, counts[n, given], 0),
            "beside other": counts[n, other],
            "overlap": np.where(given >= 0, pairs[given, other], 0.0),
            "belief": np.nan_to_num(seen.confidence.cpu().numpy(), nan=-1.0),
            "belief before": before,
            "validation": np.full(len(n), np.nan)
            if validation is None
            else np.where(given >= 0, validation[given], np.nan),
            "certainty": np.nan_to_num(seen.certainty.cpu().numpy(), nan=-1.0),
            "predicted": seen.predicted.cpu().numpy().astype(int),
            "forgotten": seen.forgotten.cpu().numpy(),
            **{name: getattr(found, name) for name in ("far", "unlike", "odd", "channel", "dead")},
            "copy": found.copy if (found.copy >= 0).mean() <= COPIES else np.full(len(n), -1),
        }
        verdicts = _verdicts(numbers)
        self._judged = verdicts.astype(object), given
        some = {name: values[rows] for name, values in numbers.items()}
        label = some["votes"] - some["own"] + 0.5 * (1 - np.clip(some["belief"], 0, 1))
        features = tuple(trainer.train.features or ()) if len(trainer.train.shape) > 1 else ()
        return Diagnosis(
            *(rows, verdicts[rows], some, np.nan_to_num(label, nan=-1.0), found.broken[rows]),
            *(trainer.steps, classes, features, step),
        )


def _verdicts(of: dict[str, np.ndarray]) -> np.ndarray:
    """(n,) the first that holds: a broken sample says nothing of its label, a wrong label nothing of the model."""
    labelled = of["given"] >= 0
    broken = (np.maximum(of["far"], of["unlike"]) >= STANDS_OUT) | (of["odd"] >= ODD) | (of["copy"] >= 0)
    overlap = labelled & (of["overlap"] >= DISPUTED) & (of["votes"] >= BESIDE)
    label = labelled & (of["votes"] >= AGAINST) & (of["own"] <= LITTLE)
    doubts = labelled & ((of["predicted"] != of["given"]) | (of["belief"] < UNSURE))
    model = doubts & (of["own"] >= BACKED)
    between = doubts & (of["votes"] >= of["own"] / 2)
    return np.select(
        [broken, overlap, label, model, between, doubts],
        [BROKEN, OVERLAP, LABEL, MODEL, OVERLAP, MODEL],
        NOTHING,
    )


def _checked(ids: Any, n: int) -> np.ndarray:
    rows = np.asarray(ids)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise ValueError(f"diagnose takes a list of sample ids, got {ids!r:.60}; of one sample [3]")
    if rows.size and not 0 <= rows.min() <= rows.max() < n:
        raise ValueError(
            f"there is no training sample {rows.max() if rows.min() >= 0 else rows.min()}; ids run from 0 to {n - 1}"
        )
    return rows.astype(int)
