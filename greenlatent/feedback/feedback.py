"""Feedback: when the edits in force pull on the latents, how hard, and until when."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import torch

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.kinds import Affirm, Link, Move, Near, Relabel, Separate, Shift, touched
from ..edits.mending import Mending
from ..edits.mends import RELATIONS
from .pulls import Pulls
from .survey import Aim, Standing, Survey, Window

log = logging.getLogger(__name__)

REFRESH = 128  # steps between two looks at class means, targets and satisfaction
FADED = 8  # half-lives after which an edit that was never satisfied retires
LOOKS = 2  # stretches in a row that must find a sample, or a separation, satisfied
# where a stretch stands, beside its pulls
_STRETCH = ("live", "_landed", "_cursor", "_peak", "_limit", "_measure")


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


class Feedback:
    """How edits pull: never harder than `cap` times the task's own gradient on the same latents.

    Every `every`-th step, up to `share` of the batch are edited samples; their rows feed the feedback only.
    The strength of an edit rises over `ramp` steps and halves every `half_life` steps; an edit that is
    satisfied retires and then costs nothing. `anchor` holds other samples near their last
    place meanwhile. `contrast` adds a supervised contrastive term on relabelled samples. `loss` is any loss
    that can be called as `loss(embeddings, labels, ref_emb=.., ref_labels=..)`, as those of
    pytorch-metric-learning, instead of ours for moves.
    """

    def __init__(
        self,
        *,
        strength: float = 0.5,
        every: int = 4,
        cap: float = 0.5,
        ramp: int = 50,
        half_life: int = 300,
        share: float = 0.25,
        anchor: float = 0.0,
        contrast: float = 0.0,
        loss: Callable[..., torch.Tensor] | None = None,
    ):
        if every < 1 or ramp < 1 or half_life < 1 or not 0 < share <= 0.5:
            raise ValueError("every, ramp and half_life count steps from 1 up; share is at most 0.5")
        if not cap > 0:
            raise ValueError(
                f"cap is a share of the task's gradient above 0, got {cap}; strength=0 stops all pulls"
            )
        self.strength, self.every, self.cap = strength, every, cap
        self.ramp, self.half_life, self.share = ramp, half_life, share
        self.anchor, self.contrast, self.loss = anchor, contrast, loss
        self.reset()

    def fresh(self) -> Feedback:
        """One that pulls in the same way and has no edit yet."""
        made = copy(self)
        made.reset()
        return made

    def reset(self) -> None:
        """Forget every edit, as before the first step."""
        self._live: dict[int, _Live] = {}
        self._relabelled: list[int] = []
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
        names = ("strength", "every", "cap", "ramp", "half_life", "share", "anchor", "contrast")
        words = [f"{name} {getattr(self, name):g}" for name in names]
        return ", ".join([*words, *([] if self.loss is None else [f"loss {type(self.loss).__name__}"])])

    def unsatisfied(self) -> list[int]:
        """The samples whose edits still pull."""
        return sorted({i for live in self._live.values() if not live.retired for i in live.waiting})

    def take(self, events: Sequence[Event], mending: Mending, samples: Samples, step: int) -> None:
        """Follow the journal: new relations are born at this step, those out of force are gone."""
        self._samples, self._mending = samples, mending
        wanted = {event.n: event for event in events if isinstance(event.edit, RELATIONS)}
        self._live = {n: self._live.get(n) or _Live(event, born=step) for n, event in wanted.items()}
        self._relabelled = [i for e in events if isinstance(e.edit, Relabel | Affirm) for i in e.edit.ids]
        self._landed, self._cursor, self._told = step, 0, False
        self.live = any(not live.retired for live in self._live.values()) or bool(
            self.contrast and self._relabelled
        )

    def due(self, step: int) -> bool:
        """Whether this step carries feedback; the first one after an edit always does."""
        return self.live and (step - self._landed) % self.every == 0

    def stale(self, step: int) -> bool:
        """Whether class means and targets must be looked at again before this step."""
        return self.live and (self._pulls is None or (step - self._landed) % REFRESH == 0)

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
        pulls = Pulls(standing, self._mending, self._samples, self._relabelled if self.contrast else [])
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
        self.live = bool(aims) or bool(self.contrast and self._relabelled)

    def inject(self, batch_size: int) -> Window:
        """The edited samples that join the next batch: newest first, then in turn."""
        assert self._pulls is not None
        count, start = len(self._pulls.pool), self._cursor
        stop = min(count, start + max(1, int(batch_size * self.share)))
        self._cursor = stop if stop < count else 0
        return self._pulls.window(start, stop)

    def gradient(
        self,
        raw: torch.Tensor,
        pool: Callable[[torch.Tensor], torch.Tensor],
        ids: torch.Tensor,
        y: torch.Tensor,
        step: int,
        window: Window | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """The pull on the raw activations of this batch, and the feedback loss; None when nothing pulls in it.

        raw (b, ..): the tapped output; ids (b,): which samples, on the host; y (b,): the labels in force; window: what
        was injected, the batch's last rows; edited samples are found by id when it is not given.
        """
        pulls = self._pulls
        assert pulls is not None
        z = (raw if raw.ndim == 2 else pool(raw)).detach().float()  # (b, d)

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
        if self.contrast and self._relabelled:
            more, down = pulls.contrast(z, ids, y)
            value = self.contrast * more if value is None else value + self.contrast * more
            slope = slope + self.contrast * down
        if value is None:
            return None
        if self.anchor:
            slope = slope + self.anchor * pulls.drift(z, ids)
        return (slope.to(raw.dtype) if raw.ndim == 2 else _through(pool, raw, slope)), value

    def join(self, gradient: torch.Tensor, pull: torch.Tensor) -> torch.Tensor:
        """The task's gradient on the latents plus the pull, capped against it; the first time in every stretch."""
        norm, size = torch._foreach_norm([gradient, pull])
        if not math.isfinite(float(size)):
            pull = self._finite(pull)
            size = torch.linalg.vector_norm(pull)
        self._peak = norm if self._peak is None else torch.maximum(self._peak, norm)
        return torch.addcmul(gradient, pull, (self.cap * self._peak / (size + 1e-12)).clamp(max=1.0))

    def capped(self, pull: torch.Tensor) -> torch.Tensor | None:
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
            return torch.renorm(pull.nan_to_num(0, 0, 0).reshape(1, -1), 2, 0, self._limit).view_as(pull)
        # where nobody waits for a device, in half of renorm's time
        size = float(torch.linalg.vector_norm(pull))
        if not math.isfinite(size):
            pull = self._finite(pull)
            size = float(torch.linalg.vector_norm(pull))
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
        for n, kept in state["live"].items():
            live = self._live[n]
            live.born, live.goal, live.retired = kept["born"], kept["goal"], kept["retired"]
            live.looks = dict(kept["looks"])
        for name in _STRETCH:
            if name in state["stretch"]:  # version 0.1 kept the first of them alone
                setattr(self, name, state["stretch"][name])
        if state["pulls"] is None:
            self.live = any(not live.retired for live in self._live.values()) or bool(
                self.contrast and self._relabelled
            )
        else:
            contrasted = self._relabelled if self.contrast else []
            self._pulls = Pulls.of(state["pulls"], self._mending, self._samples, contrasted, self._aims())

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


def _through(
    pool: Callable[[torch.Tensor], torch.Tensor], raw: torch.Tensor, slope: torch.Tensor
) -> torch.Tensor:
    """The slope on pooled latents, carried back to the raw activations."""
    with torch.enable_grad():
        leaf = raw.detach().requires_grad_(True)
        (out,) = torch.autograd.grad(pool(leaf), leaf, slope.to(raw.dtype))
    return out
