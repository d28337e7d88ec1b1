"""Feedback: when the edits in force pull on the latents, how hard, and until when; and whether drags do."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.kinds import Choice, Link, Move, Near, Separate, Shift, touched
from ..edits.mending import Mending
from ..edits.mends import pulls
from .contrast import Drags
from .former import FORMER, checked, words_of
from .pulls import Pulls
from .survey import Aim, Standing, Survey, Window

log = logging.getLogger(__name__)

REFRESH = 128  # steps between two looks at class means, targets and satisfaction
FADED = 8  # half-lives after which an edit that was never satisfied retires
PULL_EVERY = 4  # steps between two pulls of other edits than drags, at most
LOOKS = 2  # stretches in a row that must find a sample, or a separation, satisfied
# where a stretch stands, beside its pulls
_STRETCH = ("_landed", "_cursor", "_peak", "_limit", "_measure")


@dataclass
class _Live:
    """A relation in force: when it landed, what it asks for, and how far it is from satisfied."""

    event: Event
    born: int
    goal: float | None = None  # the separation asked for, fixed when the edit lands
    # satisfied looks in a row, by sample; -1: the whole edit
    looks: dict[int, int] = field(default_factory=dict)
    retired: bool = False

    @property
    def waiting(self) -> list[int]:
        """Its samples that are not satisfied yet."""
        return [i for i in touched(self.event.edit) if self.looks.get(i, 0) < LOOKS]  # type: ignore[arg-type]


Across = Callable[[list[torch.Tensor]], list[torch.Tensor]]


class Feedback:
    """How edits act on latents. `contrast`: whether samples that had no label and were dragged to one are pulled
    toward that class, too, on every `every`-th step: "chosen" by what halves of the drags say
    (`trainer.choose_contrast()`; off until then), "off", or always, with a weight.

    Of the other edits, a move to neighbours or to a place, a link apart, a shift and a separation pull, never harder
    than half of the task's own gradient on the same latents; one that is satisfied retires and then costs nothing.
    """

    def __init__(
        self,
        *,
        contrast: str | float = "chosen",
        every: int = 8,
        temperature: float = 0.5,
        **former: Any,
    ):
        if every < 1 or not temperature > 0:
            raise ValueError(
                f"every counts steps from 1 up, temperature is above 0, got {every}, {temperature}"
            )
        number = not isinstance(contrast, bool | str) and math.isfinite(contrast) and contrast >= 0
        if contrast not in ("chosen", "off") and not number:
            raise ValueError(f'contrast is "chosen", "off" or a weight from 0 up, got {contrast!r}')
        self.contrast, self.every, self.temperature = contrast, every, temperature
        self._words: str | None = None
        self._pull_every = min(every, PULL_EVERY)
        given = FORMER | checked(former)
        self.strength, self.cap, self.loss = given["strength"], given["cap"], given["loss"]
        self.ramp, self.half_life, self.share = given["ramp"], given["half_life"], given["share"]
        self.anchor = given["anchor"]
        self.reset()

    @classmethod
    def told(cls, words: str) -> Feedback | None:
        """The one that a journal of version 0.1 tells of; None where the words are not of that version."""
        found = words_of(words)
        if found is None:
            return None
        every = int(found.pop("every"))
        made = cls(contrast="off", every=every)
        vars(made).update(found, _words=words, _pull_every=every)
        return made

    def fresh(self) -> Feedback:
        """One that pulls in the same way and has no edit yet."""
        made = copy(self)
        made.reset()
        return made

    def reset(self) -> None:
        """Forget every edit, as before the first step."""
        self._live: dict[int, _Live] = {}
        weight = 1.0 if isinstance(self.contrast, str) else float(self.contrast)
        self.drags = Drags(weight, self.temperature)
        self._pulling = False
        self._landed = 0  # the step in which edits last changed
        self._cursor = 0
        self._pulls: Pulls | None = None
        self._peak: torch.Tensor | None = None  # the norm of the task's largest gradient on the latents
        self._limit: float | None = None  # the norm of the largest pull in this stretch
        self._measure = True  # whether the next pull meets the task's gradient, to compare with it
        self.live = False  # whether any edit still pulls
        self._told = False  # that a pull is left out

    def describe(self) -> str:
        """The settings in words, for the journal's header."""
        if self._words is not None:
            return self._words
        how = self.contrast if isinstance(self.contrast, str) else f"{self.contrast:g}"
        words = [f"contrast {how}, every {self.every}, temperature {self.temperature:g}"]
        for name, usual in FORMER.items():
            value = getattr(self, name)
            if value != usual:
                words.append(f"loss {type(value).__name__}" if name == "loss" else f"{name} {value:g}")
        return ", ".join(words)

    def unsatisfied(self) -> list[int]:
        """The samples whose edits still pull."""
        return sorted({i for live in self._live.values() if not live.retired for i in live.waiting})

    def take(
        self,
        events: Sequence[Event],
        mending: Mending,
        samples: Samples,
        step: int,
        met: np.ndarray,
        device: torch.device,
        acts: Callable[[], bool],
    ) -> None:
        """Follow the journal: new relations are born at this step, those out of force are gone.

        met (n,): how often an epoch meets each sample; `acts` tells whether a pull reaches the weights at all.
        """
        self._samples, self._mending = samples, mending
        named = bool(samples.classes)
        wanted = {event.n: event for event in events if event.edit and pulls(event.edit, named=named)}
        self._live = {n: self._live.get(n) or _Live(event, born=step) for n, event in wanted.items()}
        self._landed, self._cursor, self._told = step, 0, False
        on = self._contrasts(events) and samples.several is None and acts()
        self.drags.take(mending, met, on, device)
        self._set_live(any(not live.retired for live in self._live.values()))

    def _contrasts(self, events: Sequence[Event]) -> bool:
        """Whether drags are to pull: as was said, or as was chosen last."""
        if self.contrast != "chosen":
            return self.contrast != "off" and self.contrast != 0
        chosen = [event.edit.on for event in events if isinstance(event.edit, Choice)]
        return bool(chosen) and chosen[-1]

    def _set_live(self, pulling: bool) -> None:
        self._pulling, self.live = pulling, pulling or self.drags.live

    def due(self, step: int) -> bool:
        """Whether this step carries feedback; the first one after an edit always does."""
        return self.live and (self._drags_due(step) or self._pulls_due(step))

    def _drags_due(self, step: int) -> bool:
        return self.drags.live and (step - self._landed) % self.every == 0

    def _pulls_due(self, step: int) -> bool:
        return self._pulling and (step - self._landed) % self._pull_every == 0

    def stale(self, step: int) -> bool:
        """Whether class means and targets must be looked at again before this step."""
        return self._pulling and (self._pulls is None or (step - self._landed) % REFRESH == 0)

    def references(self) -> list[int]:
        """The samples that edits in force pull toward or away from: their latents must be fresh."""
        ids: set[int] = set()
        for live in self._live.values():
            edit = live.event.edit
            if not live.retired and isinstance(edit, Link | Separate):
                ids.update(touched(edit))
            elif not live.retired and isinstance(edit, Move) and isinstance(edit.to, Near):
                ids.update(edit.to.ids)
        return sorted(ids)

    @torch.no_grad()
    def refresh(self, survey: Survey, step: int) -> None:
        """Look at where the latents are now: retire what is satisfied, aim the rest anew."""
        if step != self._landed:
            self._remember()
        standing = Standing.of(survey, self._mending, self._samples)
        pulls = Pulls(standing, self._mending)
        for live in self._live.values():
            if live.retired:
                continue
            edit = live.event.edit
            if isinstance(edit, Separate | Shift):
                now = pulls.margins.separation(edit)
                if live.goal is None:
                    live.goal = now + (edit.margin if isinstance(edit, Separate) else edit.amount)
                short = (live.goal - now) * (1 if isinstance(edit, Separate) or edit.amount > 0 else -1)
                live.looks[-1] = live.looks.get(-1, 0) + 1 if short <= 0 else 0
                live.retired = live.looks[-1] >= LOOKS
            elif isinstance(edit, Move | Link):
                live.retired = not live.waiting
            live.retired |= step - live.born > FADED * self.half_life
        aims = self._aims()
        pulls.aim(aims)
        if self.anchor:
            pulls.hold(survey)
        self._pulls, self._limit, self._measure = pulls, None, True
        self._set_live(bool(aims))

    def inject(self, batch_size: int, step: int) -> tuple[torch.Tensor, Window | None]:
        """What joins the next batch: dragged samples, which count in the task loss, too; and, last, those of other
        edits, newest first, then in turn."""
        turn = (step - self._landed) // self.every
        none = torch.zeros(0, dtype=torch.int64)
        drawn = self.drags.draw(batch_size, turn) if self._drags_due(step) else none
        if not self._pulls_due(step):
            return drawn, None
        assert self._pulls is not None
        count, start = len(self._pulls.pool), self._cursor
        stop = min(count, start + max(1, int(batch_size * self.share)))
        self._cursor = stop if stop < count else 0
        return drawn, self._pulls.window(start, stop)

    def contrasted(
        self, z: torch.Tensor, ids: torch.Tensor, step: int
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """The dragged samples' own pull on the latents of this batch, uncapped, and its loss."""
        found = self.drags.pull(z, ids, self.every) if self._drags_due(step) else None
        return None if found is None else (found[1], found[0])

    def gradient(
        self,
        z: torch.Tensor,
        ids: torch.Tensor,
        y: torch.Tensor,
        step: int,
        window: Window | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """The pull of edits on the latents of this batch, and its loss; None when nothing pulls in it.

        z (b, d): the latents; ids (b,): which samples, on the host; y (b,): the labels in force; window: what was
        injected, the batch's last rows; edited samples are found by id when it is not given.
        """
        pulls = self._pulls
        if not self._pulls_due(step):
            return None
        assert pulls is not None

        def fade(born: float) -> float:
            return self._fade(born, step)

        at: Any
        if window is None:
            at, window = pulls.found_in(ids)
        else:
            at = slice(len(z) - len(window.rows), len(z))
        value = None
        if window.rows:
            value, slope = pulls.moves(z, at, window, fade, self.loss)
        else:
            slope = torch.zeros_like(z)
        margins = pulls.margins.pull(z, ids, y, fade)
        if margins is not None:
            value, slope = margins[0] if value is None else value + margins[0], slope + margins[1]
        if value is None:
            return None
        if self.anchor:
            slope = slope + self.anchor * pulls.drift(z, ids)
        return slope, value

    def join(self, gradient: torch.Tensor, pull: torch.Tensor, across: Across = list) -> torch.Tensor:
        """The task's gradient on the latents plus the pull, capped against it; the first time in every stretch.

        `across` makes norms over all rows of the batch of those over the rows that are here."""
        norm, size = across(list(torch._foreach_norm([gradient, pull])))
        if not math.isfinite(float(size)):
            pull = self._finite(pull)
            (size,) = across([torch.linalg.vector_norm(pull)])
        self._peak = norm if self._peak is None else torch.maximum(self._peak, norm)
        return torch.addcmul(gradient, pull, (self.cap * self._peak / (size + 1e-12)).clamp(max=1.0))

    def capped(self, pull: torch.Tensor, across: Across = list) -> torch.Tensor | None:
        """The pull, capped against the largest gradient met until this stretch; None where that is not known yet.

        A seed for backward: a hook in Python that looks at every gradient costs a small net 5 % of a step more.
        """
        if self._limit is None:
            if self._measure or self._peak is None:
                self._measure = False
                return None
            # the one time in a stretch that the device is waited for
            self._limit = self.cap * float(self._peak)
        if pull.device.type != "cpu":
            # where that is not finite was told by the first pull of the stretch
            pull = pull.nan_to_num(0, 0, 0)
            (norm,) = across([torch.linalg.vector_norm(pull)])
            return pull * (self._limit / (norm + 1e-12)).clamp(max=1.0)
        # where nobody waits for a device
        (norm,) = across([torch.linalg.vector_norm(pull)])
        size = float(norm)
        if not math.isfinite(size):
            pull = self._finite(pull)
            (norm,) = across([torch.linalg.vector_norm(pull)])
            size = float(norm)
        return pull if size <= self._limit else pull.mul_(self._limit / size)

    def _finite(self, pull: torch.Tensor) -> torch.Tensor:
        """The pull without what would make every weight NaN; said once for every change of edits."""
        if not self._told:
            log.warning(
                "an edit asks for a place so far away that its pull is no number; that pull is left out. Undo the edit,"
                " or ask for a place among the samples"
            )
            self._told = True
        return pull.nan_to_num(0.0, 0.0, 0.0)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, and nothing here changes by asking: relations as the last refresh left them, and
        the stretch since."""
        lives = {
            n: {"born": live.born, "goal": live.goal, "looks": dict(live.looks), "retired": live.retired}
            for n, live in self._live.items()
        }
        stretch = {name: getattr(self, name) for name in _STRETCH}
        return {"live": lives, "stretch": stretch, "pulls": self._pulls and self._pulls.state()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from `state()`, after `take` of the events that had landed then."""
        same = (
            state["live"].keys() == self._live.keys()
        )  # in version 0.1 moves to classes pulled, and links alike
        for n in state["live"].keys() & self._live.keys():
            live, kept = self._live[n], state["live"][n]
            live.born, live.goal, live.retired = kept["born"], kept["goal"], kept["retired"]
            live.looks = dict(kept["looks"])
        for name in _STRETCH:
            if name in state["stretch"]:  # version 0.1 kept the first of them alone
                setattr(self, name, state["stretch"][name])
        aims = self._aims()
        if state["pulls"] is not None and same:
            self._pulls = Pulls.of(state["pulls"], self._mending, aims)
        self._set_live(bool(aims))

    def _aims(self) -> list[Aim]:
        """What still pulls, newest first: the newest edit of a sample wins."""
        return [
            Aim(live.event.n, live.event.edit, live.born, live.goal, live.waiting, live.looks)  # type: ignore[arg-type]
            for live in reversed(self._live.values())
            if not live.retired
        ]

    def _remember(self) -> None:
        """Carry the satisfied looks of this stretch over to the edits, once, at its end."""
        if self._pulls is not None:
            for (n, i), looks in self._pulls.looks().items():
                if n in self._live:
                    self._live[n].looks[i] = looks

    def _fade(self, born: float, step: int) -> float:
        """lambda(t) = strength * min(1, (t - born + 1) / ramp) * 2^(-(t - born) / half_life)."""
        age = step - born
        return self.strength * min(1.0, (age + 1) / self.ramp) * 2.0 ** (-age / self.half_life)
