"""Trainer: one training step after another, on demand, with the edits in force; no threads, no Jupyter."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from ..feedback.choice import STEPS, Chosen, choose
from ..feedback.feedback import Feedback
from ..model import ownership
from ..model.network import LOOK_ROWS, Network
from ..model.tap import Tap
from . import checkpoint
from .around import Around, around, places
from .company import Accompanied, company
from .evaluate import Change
from .in_force import InForce
from .marking import marks
from .report import StepReport, reporting
from .sampling.sampler import Borders
from .seen import Seen
from .settings import Count, Settings
from .solving.readout import Readout
from .solving.solved import Solved
from .step import Step
from .task_loss import Loss
from .tells import Tells

log = logging.getLogger(__name__)


class Trainer(Accompanied, Tells):
    """Trains a model that belongs to it, on demand, bit for bit repeatable from its journal.

    `latent` names the layer whose activations people see and edit. `loss` is `(output, y) -> per-sample tensor`,
    "gce", or None for cross-entropy (mean squared error on float labels). `optimizer` is an instance or `params ->
    Optimizer`, `lr` its rate. `scheduler` is an instance or `optimizer -> scheduler`, stepped after every
    `scheduler_every`: "epoch" or "step". `call(model, x)` is for models that take or return something else than
    tensors. A step is one optimizer update over `accumulate` batches. `read` names the layers that `solve` reads.
    Samples without a label in force teach nothing, so no batch holds them, unless `unlabelled="keep"`. In "priority"
    `order` the first epoch goes by falling weight. `ranks` is how many processes train it together, or which: see
    docs/scale.md. `advised` tells which of these values somebody advised, as a `Setup` does; the header keeps it.

    >>> trainer = Trainer(model, train, valid=valid, latent="encoder", seed=0)
    >>> trainer.step(20).loss
    """

    def __init__(
        self,
        model: nn.Module,
        train: Samples,
        *,
        valid: Samples | None = None,
        latent: str,
        loss: Loss | str | None = None,
        optimizer: torch.optim.Optimizer | Callable[[Any], torch.optim.Optimizer] | None = None,
        lr: float | None = None,
        scheduler: Any = None,
        scheduler_every: str = "epoch",
        batch_size: int = 64,
        seed: int = 0,
        device: str | torch.device | None = None,
        precision: str = "fp32",
        accumulate: int = 1,
        workers: int = 0,
        call: Callable[[nn.Module, torch.Tensor], Any] | None = None,
        meter: Any = None,
        journal: Journal | None = None,
        feedback: Feedback | None = None,
        threads: int | None = None,
        statistics: bool = True,
        warm: bool = False,
        read: Sequence[str] | None = None,
        unlabelled: str = "skip",
        order: str = "shuffled",
        advised: Mapping[str, str] | None = None,
        ranks: Any = None,
    ):
        counts = {"batch_size": batch_size, "accumulate": accumulate, "workers": workers, "threads": threads}
        given = {"loss": loss, "optimizer": optimizer, "lr": lr, "scheduler": scheduler, "call": call}
        self.settings = Settings.checked(
            train,
            valid,
            layer=latent,
            seed=seed,
            device=device,
            precision=precision,
            warm=warm,
            scheduler_every=scheduler_every,
            unlabelled=unlabelled,
            order=order,
            advised=advised,
            **counts,
            **given,
        )
        torch.set_num_threads(self.settings.threads)
        self.model, self.train, self.valid, self.layer = model, train, valid, latent
        self.seed, self.batch_size, self.device = seed, batch_size, self.settings.device
        self.feedback = Feedback() if feedback is None else feedback
        self.meter, self.statistics = meter, statistics
        self.journal = Journal() if journal is None else journal
        self.closed = False
        self.at_close: list[Callable[[], None]] = []
        self.at_reset: list[Callable[[], None]] = []
        self._borders = Borders()
        self.executor: Callable[[Callable[[], Any]], Any] = lambda work: work()
        self.mark, self.doing = marks(meter, self.device)

        self.initial = ownership.take(model, self, warm=warm)
        model.to(self.device)
        if not model.training:
            model.train()
        try:
            own = callable(loss)  # code of somebody else in every step
            self.network = Network(
                model, latent, seed=seed, device=self.device, precision=precision, call=call, foreign=own
            )
            parts = self.journal, train, self.feedback, self.network, self.doing, unlabelled == "skip"
            self.edits = InForce(*parts, company(ranks))
            self.edits.settle = self._settle
            self.readout = Readout(self.network, self.edits, train, valid, read, self.doing, meter)
            self._start()
            self.journal.bind(train, self.header(), dims=self.dims)
            self.journal.hindrance = self.network.hindrance
            self.company.meet(self)
        except BaseException:
            if hasattr(self, "edits"):
                self.company.close()
            if hasattr(self, "network"):
                self.network.unhook()
            ownership.forget(model)
            raise

    def step(self, n: int | None = None, *, epochs: int | None = None) -> StepReport:
        """Do n training steps (one), or until so many epochs have ended; edits land between steps."""
        going = Count(n, epochs)

        def work() -> StepReport:
            with self.reporting() as report:
                self.company.expect(lambda: going.more(self.epoch_done))
                while going.on:
                    self.network.goes_on()
                    self.advance()
                    going.stepped(self.epoch_done)
            return report()

        return self.executor(work)

    def evaluate(self, *, part: Samples | None = None, change: Change | None = None) -> dict[str, float]:
        """Loss and accuracy on the validation part (without one: on the given training labels), in eval mode.

        `part` is other data to ask about. `change(x)` alters the inputs first, up to 1024 at a time: shuffle a
        feature, and see what it was worth.
        """
        self._check_open()
        default = self.train if self.valid is None else self.valid

        def work() -> dict[str, float]:
            with self.doing("evaluate"):
                asked = default if part is None else part
                return self.evaluated(asked, change)

        return self.executor(work)

    def solve(self) -> Solved:
        """What people named, solved into guesses in closed form, beside the model: nothing of training changes."""
        self._check_open()
        return self.executor(lambda: self.readout.solve(self.steps, self.executor))

    def choose_contrast(self, steps: int = STEPS, *, progress: Any = None, by: str = "code") -> Chosen | None:
        """Whether dragged samples pull, too (see `Feedback`): halves of them are tried, so many steps each, with the
        contrast and without; on if it tells more right. `progress(share)` may return False to cancel it."""
        self._check_open()
        return self.executor(lambda: choose(self, steps, progress, by))

    def latents(self, ids: Any = None, *, layer: str | None = None) -> np.ndarray:
        """Exact latents (k, d) of these training samples in eval mode; by default of all, and of the tapped layer."""
        self._check_open()
        at = torch.as_tensor(np.asarray(range(len(self.train)) if ids is None else ids, dtype=np.int64))
        if layer is None or layer == self.layer:
            return self.executor(lambda: self.exact(at).cpu().numpy())

        def work() -> np.ndarray:
            tap = Tap(self.model, layer)
            try:
                return self.exact(at, tap=tap).cpu().numpy()
            finally:
                tap.remove()

        return self.executor(work)

    def reset(self) -> None:
        """Start again from the initial weights, at step 0, with the edits now in force."""
        self._check_open()

        def work() -> None:
            self.settings.check_renewable("reset")
            self.settle()
            self.model.load_state_dict(self.initial)
            self.network.renew(self.seed)
            self.stepper.close()
            self._start()
            self.journal.reset()
            self.company.renew()
            for callback in self.at_reset:
                callback()

        self.executor(work)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write a checkpoint: tensors and plain text, whole or not at all; nothing of training changes."""

        def work() -> None:
            with self.doing("save"):
                self.company.share(self.stepper.seen)
                checkpoint.save(folder, *self.state())

        self.executor(work)

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """All that is needed to go on from here: what holds tensors, and plain data; on the thread that owns the
        model."""
        parts = {
            "model": self.model.state_dict(),
            "initial": self.initial,
            "random": self.network.random.state(),
            "feedback": self.feedback.state(),
            **self.stepper.state(),
        }
        plain = {"header": self.header(), "steps": self.steps, **self.edits.state()}
        return parts, plain | self.stepper.plain()

    @classmethod
    def load(
        cls, folder: str | os.PathLike[str], model: nn.Module, train: Samples, **options: Any
    ) -> Trainer:
        """Go on from the newest checkpoint in a folder; a journal passed as journal= keeps every edit in it."""
        kept = checkpoint.load(folder)
        kept.check(model, train, options.get("journal"))
        options = Settings.of_header(kept.plain["header"]) | options
        trainer = cls(model, train, warm=True, **options)
        try:
            with checkpoint.damage_told(folder):
                trainer.restore(kept)
        except BaseException:
            trainer.company.close()
            trainer.network.unhook()
            ownership.forget(model)
            raise
        if kept.lines is not None and any(e.do == "reset" for e in list(trainer.journal)[kept.lines :]):
            trainer.reset()  # the run that the checkpoint is of was over
        return trainer

    def close(self) -> None:
        """Let go of the model: no hook stays on it; may be called twice. What fails, as on a full disk, is logged."""
        if self.closed:
            return
        self.closed, self.journal.hindrance = True, None
        parts: list[Callable[[], None]] = [*self.at_close, self.company.close, self.network.unhook]
        for part in [*parts, self.stepper.close, lambda: self.journal.close(self.steps)]:
            try:
                part()
            except Exception:
                log.warning("a part of a trainer could not be closed properly", exc_info=True)
        ownership.leave(self.model)

    @contextmanager
    def around(self, ids: Any, y: Any = None) -> Iterator[Around]:
        """One step of one's own loop: meter, tap and edits join in, as `Around` shows."""
        self._check_open()
        ids = places(ids, len(self.train))
        self.company.outside()
        self.journal.header["loop"] = "own"  # a replay has no such loop
        self.mark("train")
        self.edits.begin(self.steps)
        try:
            with around(self.stepper, ids, y, self.steps) as step:
                yield step
        except BaseException as error:
            self.failed(error)
            raise
        finally:
            self.mark(None)
        self.steps += 1
        self._borders.passed(self.stepper.sampler)

    def at_epoch(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back after the last step of each epoch and before the next step, on the thread that takes the steps;
        what it raises is logged. Returns a function that ends it."""
        return self._borders.listen(callback)

    def twin(self, *, seed: int | None = None, edits: bool = False) -> Trainer:
        """A trainer like this one at its beginning, of a copy of the model: no edits, no meter, nothing shared.

        On the thread that owns the model. With another seed only the order of the samples and what is drawn differ;
        with `edits` it is ready to repeat those of this one.
        """
        self._check_open()
        self.settings.check_renewable("a control run")
        options = self.settings.keywords() | ({} if seed is None else {"seed": seed})
        model = self.network.copied(self.initial)
        if edits:  # they act by what training has seen
            options |= {"statistics": self.statistics, "feedback": self.feedback.fresh()}
        return Trainer(model, self.train, valid=self.valid, **({"statistics": False} | options))

    @contextmanager
    def reporting(self) -> Iterator[Callable[[], StepReport]]:
        """Collect what `advance` does in here; the value makes the report."""
        self._check_open()
        try:
            yield reporting(self.stepper, self.meter, lambda: self.steps)
        finally:
            self.mark(None)

    def advance(self) -> None:
        """One step, on the thread that owns the model."""
        stepper = self.stepper
        self.mark("train")
        self.edits.begin(self.steps)
        try:
            stepper.run(self.steps)
        except BaseException as error:
            self.failed(error)
            raise
        self.steps += 1
        stepper.schedule()
        self._borders.passed(stepper.sampler)

    def exact(self, ids: torch.Tensor, *, batch: int = LOOK_ROWS, tap: Tap | None = None) -> torch.Tensor:
        """Exact latents (k, d) on the device, on the thread that owns the model; training does not notice."""

        def alone(ids: torch.Tensor) -> torch.Tensor:
            parts = self.network.latents(self.train, ids, batch=batch, tap=tap)
            return torch.cat(parts) if parts else torch.zeros(0, self.dims, device=self.device)

        return alone(ids) if tap is not None else self.company.look("latents", ids, alone)

    def beliefs(self, ids: torch.Tensor, *, batch: int = LOOK_ROWS) -> tuple[torch.Tensor, torch.Tensor]:
        """Exact latents (k, d) and class probabilities (k, c) on the device, as `exact`; for classifiers."""
        return self.network.beliefs(self.train, ids, batch=batch)

    def _start(self) -> None:
        """Everything as before the first step, but for the weights."""
        self.steps = 0
        self._borders.reset()
        self.dims = self.network.probe(self.train, self.valid)
        ownership.complete(self.model, self.initial)
        kind = {"regression": self.train.regression, "unlabelled": self.train.unlabelled}
        seen = Seen(len(self.train), self.dims, device=self.device, **kind)
        parts = self.network, self.edits, self.train, self.settings, seen
        self.stepper = Step(*parts, statistics=self.statistics, doing=self.doing)
        self.edits.start(self.stepper.sampler, seen)

    def _settle(self, put: Mapping[str, float]) -> None:
        """What the journal sets in mid-run; on the thread that owns the model."""
        self.settings = self.settings.put(put)

    def restore(self, kept: checkpoint.Kept, *, resumes: bool = True) -> None:
        """Go on from a state; unless it `resumes` a run, the journal has all lines of that one already."""
        parts, plain = kept.parts(self.device), kept.plain
        self.stepper.check(parts)
        self.model.load_state_dict(parts["model"])
        self.initial.update(parts["initial"])
        self.network.random.load(parts["random"])
        self.steps = plain["steps"]
        self.stepper.load(parts, plain)
        with self.journal.lock:
            if resumes:
                self.journal.header = {**self.header(), **self.journal.header}
                self.journal.resume(self.steps)
            self.journal.step = self.steps
            self.edits.load(plain, self.steps)
        self.stepper.sampler.load(parts["sampler"])
        self.feedback.load(parts["feedback"])
        self.company.renew()

    def _check_open(self) -> None:
        if self.closed:
            raise RuntimeError("this trainer was closed by close(), or its model belongs to a newer one")
