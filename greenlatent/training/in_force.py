"""InForce: which edits hold at a step, and what they make of labels, weights, inputs and pulls."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.journal import Journal
from ..edits.kinds import Found
from ..edits.mending import Mending, mend
from ..edits.rating import edits_of
from ..feedback.feedback import Feedback
from ..feedback.survey import Survey
from ..model.network import Network
from .company import ALONE
from .sampling.sampler import Sampler
from .sampling.skim import Skim
from .seen import Seen

FIRST_LOOK = 1024  # samples computed for an edit that comes before training has seen the data
RECENT = 512  # samples that class means are taken from: those that training saw last


class InForce:
    """Takes edits from the journal between two steps; `targets` are the labels in force, on the device."""

    mending: Mending
    targets: torch.Tensor
    holes: bool  # whether samples without a label in force are trained on
    labelled: bytes  # 1 for each sample with one
    settle: Callable[[dict[str, float]], None]  # does what was set in mid-run
    slow: Callable[[tuple[Event, ...]], None]  # lowers the learning rate by what was written of it

    def __init__(
        self,
        journal: Journal,
        train: Samples,
        feedback: Feedback,
        network: Network,
        doing: Callable[[str], AbstractContextManager[Any]],
        skips: bool,
        company: Any = ALONE,
    ):
        self.journal, self.feedback, self.company = journal, feedback, company
        # where one label is missing, others of the same sample, or its inputs, may teach something
        self._skips = skips and train.several is None and not train.unlabelled
        self._train, self._network, self._doing = train, network, doing

    def start(self, sampler: Sampler, seen: Seen) -> None:
        """No edits yet, as before the first step."""
        self._sampler, self._seen = sampler, seen
        self._version, self._taken = -1, 0  # of the journal, when edits landed last, and its lines
        self.landed: list[Event] = []
        self.feedback.reset()
        self.labelled = b""
        self._use(mend([], self._train))

    def begin(self, step: int) -> None:
        """Take the edits that came since the last step, under the journal's lock, once."""
        with self.journal.lock:
            # what is stamped with a later step came when others, or this rank before it lost one, had begun this one
            held = self.journal.step > step
            if self.news and not held:
                with self._doing("feedback"):
                    self.land(step)
            self.journal.step = max(self.journal.step, step + 1)
            lines = self._taken if held else len(self.journal)
        self.company.order(step, lines)
        if self.feedback.stale(step):
            with self._doing("feedback"):
                self.feedback.refresh(self.survey(step), step)

    def land(self, step: int) -> None:
        """Put what is active in the journal in force."""
        self._put(self.journal.active, step)
        self.slow(self.journal.slowed)
        self.settle(self.journal.settings)
        self._version, self._taken = self.journal.version, len(self.journal)

    def _put(self, events: list[Event], step: int) -> None:
        self.landed = events
        self._sampler.skim = self._skim()
        mending = self._mended(events)
        met = self._use(mending)
        device = self._network.device
        self.feedback.take(
            events, mending, self._train, step, met, device, lambda: not self._network.hindrance()
        )

    def _use(self, mending: Mending) -> np.ndarray:
        """Train on these data from now on; how often an epoch meets each sample."""
        self.mending = mending
        targets = mending.targets
        holes = targets.isnan() if targets.is_floating_point() else targets < 0
        before = torch.frombuffer(bytearray(self.labelled), dtype=torch.bool) if self.labelled else ~holes
        self.labelled = (~holes).numpy().tobytes()
        self.targets = targets.to(self._network.device)
        self._network.mask(mending.features)
        met, first = self._met(mending.weights, ~holes, ~holes & ~before)
        self.holes = bool(holes.any()) and met is mending.weights
        self._sampler.weigh(met, first)
        return met

    def _skim(self) -> Skim | None:
        event = self.journal.setting("skim")
        if event is None or not event.value:
            return None
        return Skim(event.value, event.until, lambda: self.company.share(self._seen).loss)

    def _met(
        self, weights: np.ndarray, known: torch.Tensor, new: torch.Tensor
    ) -> tuple[np.ndarray, torch.Tensor | None]:
        """How often an epoch meets each sample, and which of those with a new label the next batch begins with."""
        met = np.where(known.numpy(), weights, 0.0)
        if not self._skips or not met.any():  # without any label there is nothing to learn, and all are met
            return weights, None
        fresh = np.flatnonzero(new.numpy() & (met > 0))
        if not len(fresh):
            return met, None
        # at most half of it: a batch of one new class alone makes a net forget the others
        room = max(1, self._sampler.batch_size // 2)
        return met, torch.from_numpy(fresh[np.linspace(0, len(fresh) - 1, min(len(fresh), room)).astype(int)])

    @property
    def news(self) -> bool:
        """Whether the journal has something that is not in force yet."""
        return self.journal.version != self._version

    @property
    def waiting(self) -> list[Event]:
        """The edits that will be in force from the next step on, and are not yet."""
        return [event for event in self.journal.active if event.n > self._taken]

    @property
    def upcoming(self) -> Mending:
        """What the edits do to the data at the next step."""
        with self.journal.lock:
            if self.journal.version == self._version:
                return self.mending
            events = self.journal.active
        return self._mended(events)

    def _mended(self, events: list[Event]) -> Mending:
        return mend(edits_of(events), self._train, self.journal.found, self._network.outputs)

    @property
    def untaught(self) -> list[str]:
        """The found classes in force that the head has no output for: they are in the read-out only."""
        classes = len(self._train.classes)
        spare = max(0, self._network.outputs - classes)
        there = {event.edit.name for event in self.journal.active if isinstance(event.edit, Found)}
        return [name for name in self.journal.found[spare:] if name in there]

    def survey(self, step: int) -> Survey:
        """Where training saw the samples last; what edits refer to is computed now.

        Early in training latents grow so fast that places of half an epoch ago mislead. Before training has met all
        classes, a spread of samples is computed as well.
        """
        seen, device = self.company.share(self._seen), self._network.device
        latents, known = seen.latents, seen.step >= 0
        recent = seen.step >= max(0, step - math.ceil(RECENT / self._sampler.batch_size))
        named = torch.tensor(self.feedback.references(), dtype=torch.int64)
        if self._sampler.epoch < 1:
            n = len(self._train)
            spread = torch.linspace(0, n - 1, min(n, FIRST_LOOK)).long()
            ids = spread[~known[spread.to(device)].cpu()]
            latents, known, recent = latents.clone(), known.clone(), recent.clone()
            latents[ids.to(device)] = self._exact(ids, latents)
            known[ids.to(device)] = recent[ids.to(device)] = True
        return Survey(latents, known, recent, named.tolist(), self._exact(named, latents))

    def _exact(self, ids: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        parts = self._network.latents(self._train, ids) if len(ids) else []
        return torch.cat(parts) if parts else like[:0]

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, as plain data: which edits had landed, and up to which line of the journal."""
        return {
            "edits": [event.n for event in self.landed],
            "version": self._version,
            "taken": self._taken,
            "lines": len(self.journal),
        }

    def load(self, state: dict[str, Any], step: int) -> None:
        """As it was: whatever has come since, if only an undo, lands before the next step. Under the journal's lock."""
        landed = set(state["edits"])
        self._put([event for event in self.journal if event.n in landed], step)
        # version 0.1 kept no place in the journal: all that is active there lands anew
        self._version = state.get("version", -1)
        self._taken = state.get("taken", max(landed, default=0))
        self.settle(self.journal.settings)
