"""Trainer: one training step after another, on demand, with the edits in force; no threads, no Jupyter."""

from __future__ import annotations

import copy
import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from . import checkpoint, optimizers, ownership, task_loss
from .feedback import Feedback
from .journal import Event, Journal
from .marking import marks
from .mending import Mending, mend
from .processors import allowed_threads
from .pulls import Survey, Window
from .randomness import OwnRandom, Watch, modules_that_draw
from .reader import Reader
from .report import Mean, StepReport, joules_of
from .sampler import Sampler
from .samples import Samples, undisturbed
from .tap import Seen, Tap

log = logging.getLogger(__name__)

FIRST_LOOK = 1024  # samples computed for an edit that comes before training has seen the data
RECENT = 512  # samples that class means are taken from: those that training saw last

# options that a header tells
KEPT = ("seed", "batch_size", "accumulate", "layer", "threads", "precision", "workers")
_PARTS = (
    "model",
    "initial",
    "optimizer",
    "scheduler",
    "sampler",
    "random",
    "seen",
    "feedback",
)  # of a checkpoint
_PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Trainer:
    """Trains a model that belongs to it, on demand, bit for bit repeatable from its journal.

    `latent` names the layer whose activations people see and edit. `loss` is `(output, y) -> per-sample
    tensor`, "gce", or None for cross-entropy (mean squared error on float labels). `optimizer` is an
    instance or `params -> Optimizer`. `scheduler` is an instance or `optimizer -> scheduler`, stepped after
    every epoch. `call(model, x)` is for models that take or return something else than tensors. A step is
    one optimizer update over `accumulate` batches.

    >>> trainer = Trainer(model, train, valid=valid, latent="encoder", seed=0)
    >>> trainer.step(20).loss
    """

    _sampler: Sampler
    _reader: Reader | None = None
    _drawing: list[nn.Module]  # the modules that draw random numbers
    _lent: list[Any]  # their hooks, which hand them the trainer's generator
    _scaler: torch.amp.GradScaler | None
    _joined: bool
    _draws: bool  # whether steps may draw random numbers, so that generators must be swapped
    _watch_at: int  # the epoch in which that is asked again
    _landed: list[Event]  # the edits in force, as of the last step

    def __init__(
        self,
        model: nn.Module,
        train: Samples,
        *,
        valid: Samples | None = None,
        latent: str,
        loss: task_loss.Loss | str | None = None,
        optimizer: torch.optim.Optimizer | Callable[[Any], torch.optim.Optimizer] | None = None,
        scheduler: Any = None,
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
    ):
        if batch_size < 1 or accumulate < 1:
            raise ValueError(f"batch_size and accumulate count from 1, got {batch_size} and {accumulate}")
        if precision not in _PRECISIONS:
            raise ValueError(f'precision is "fp32", "bf16" or "fp16", got {precision!r}')
        if not isinstance(train, Samples) or not (valid is None or isinstance(valid, Samples)):
            raise TypeError(
                "train and valid take Samples: arrays become Samples(x, y), a Dataset Samples.from_dataset(ds)"
            )
        if not len(train):
            raise ValueError("train is empty")
        if workers < 0 or (workers and not train.lazy):
            raise ValueError(
                f"workers read a Dataset's items, got workers={workers}"
                + (" for data in memory: leave it out" if workers > 0 else "; it counts from 0")
            )
        self.threads = allowed_threads() if threads is None else threads
        torch.set_num_threads(self.threads)
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.model, self.train, self.valid, self.layer = model, train, valid, latent
        self.batch_size, self.seed, self.accumulate, self.precision = batch_size, seed, accumulate, precision
        self.workers, self.meter, self.statistics = workers, meter, statistics
        self.journal = Journal() if journal is None else journal
        self.feedback = Feedback() if feedback is None else feedback
        self.closed = False
        self.at_close: list[Callable[[], None]] = []
        self.at_reset: list[Callable[[], None]] = []
        self.executor: Callable[[Callable[[], Any]], Any] = lambda work: work()
        self._call, self._foreign_call = call or (lambda model, x: model(x)), call is not None
        self._given_loss, self._inputs = loss, train.rows.train
        self._foreign = call is not None or callable(loss)  # code that may draw unseen
        self._loss, self._loss_words = task_loss.named(loss, train)
        self._make_optimizer, self._make_scheduler = optimizer, scheduler
        self._mark, self.doing = marks(meter, self.device)

        if isinstance(optimizer, torch.optim.Optimizer) and optimizer.state and not warm:
            raise ValueError(
                "this optimizer has trained before; pass warm=True to go on with it, or a fresh one"
            )
        self.initial = ownership.take(model, self, warm=warm)
        model.to(self.device)
        if not model.training:
            model.train()
        self._tap, self._lent = Tap(model, latent), []
        try:
            self._random = OwnRandom(seed, self.device)
            self.dims = dims = self._probe()
            self.seen = Seen(len(train), dims, regression=train.regression, device=self.device)
            self._start()
            self.journal.bind(train, self._header(), dims=dims)
        except BaseException:
            self._unhook()
            ownership.forget(model)
            raise

    # -- one's own use ---------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> StepReport:
        """Do n training steps and report on them; edits land between steps."""
        if n < 0:
            raise ValueError(f"step takes a number of steps from 0 up, got {n}")

        def work() -> StepReport:
            with self.reporting() as report:
                for _ in range(n):
                    self.advance()
            return report()

        return self.executor(work)

    def evaluate(self, *, change: Callable[[torch.Tensor], torch.Tensor] | None = None) -> dict[str, float]:
        """Loss and accuracy on the validation part (without one: on the given training labels), in eval mode.

        `change(x)` alters the inputs first, up to 1024 at a time: shuffle a feature, and see what it was worth.
        """
        self._check_open()
        return self.executor(lambda: self._evaluate(change))

    def latents(self, ids: Any = None, *, layer: str | None = None) -> np.ndarray:
        """Exact latents (k, d) of these training samples in eval mode; by default of all, and of the tapped layer."""
        at = (
            torch.arange(len(self.train)) if ids is None else torch.as_tensor(np.asarray(ids, dtype=np.int64))
        )
        self._check_open()
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
        self.executor(self._reset)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write a checkpoint: tensors and plain text, whole or not at all; nothing of training changes."""

        def work() -> None:
            with self.doing("save"):
                parts = {
                    "model": self.model.state_dict(),
                    "initial": self.initial,
                    "optimizer": self._optimizer.state_dict(),
                    "scheduler": None if self._scheduler is None else self._scheduler.state_dict(),
                    "sampler": self._sampler.state(),
                    "random": self._random.state(),
                    "seen": self.seen.state(),
                    "feedback": self.feedback.state(),
                }
                tensors, plain = {}, {}
                for name, part in parts.items():
                    more, plain[name] = checkpoint.split(part, name)
                    tensors.update(more)
                plain["read"] = 0 if self._reader is None else self._reader.count
                plain["scaler"] = None if self._scaler is None else self._scaler.state_dict()
                plain["header"], plain["steps"] = self._header(), self.steps
                plain["edits"], plain["version"] = [event.n for event in self._landed], self._version
                plain["taken"], plain["lines"] = self._taken, len(self.journal)
                checkpoint.write(folder, tensors, plain)

        self.executor(work)

    @classmethod
    def load(
        cls, folder: str | os.PathLike[str], model: nn.Module, train: Samples, **options: Any
    ) -> Trainer:
        """Go on from the newest checkpoint in a folder; a journal passed as journal= keeps every edit in it."""
        tensors, plain = checkpoint.read(folder)
        header = plain["header"]
        if header["samples"] != train.fingerprint:
            raise ValueError(
                f"the checkpoint is about data {header['samples']}, this is {train.fingerprint}: the data differ"
            )
        saved, here = checkpoint.join(tensors, plain["model"]), model.state_dict()
        for name in sorted({*saved, *here}):
            if name not in saved or name not in here or saved[name].shape != here[name].shape:
                a, b = (tuple(s[name].shape) if name in s else "nothing" for s in (saved, here))
                raise ValueError(f"the checkpoint is of another model: {name} is {a} there and {b} here")
        options = {"latent": header["layer"], **{k: header[k] for k in KEPT if k != "layer"}, **options}
        if set(plain["edits"]) - {event.n for event in options.get("journal") or ()}:
            raise ValueError(
                f"the checkpoint was made with {len(plain['edits'])} edits in force; pass the journal that holds them:"
                " journal=Journal.load(...)"
            )
        trainer = cls(model, train, warm=True, **options)
        try:
            trainer._restore(tensors, plain)
        except BaseException as error:
            trainer._unhook()
            ownership.forget(model)
            if isinstance(error, KeyError | IndexError | TypeError | AttributeError | RuntimeError):
                raise ValueError(
                    f"the checkpoint in {folder} is damaged, or of another version: {type(error).__name__}: {error}"
                ) from error
            raise
        if any(event.do == "reset" for event in list(trainer.journal)[plain["lines"] :]):
            trainer.reset()  # the run that the checkpoint is of was over
        return trainer

    def close(self) -> None:
        """Let go of the model: no hook stays on it. May be called twice."""
        if self.closed:
            return
        self.closed = True
        for callback in list(self.at_close):
            callback()
        self._unhook()
        self._stop_reading()
        self.journal.close(self.steps)
        ownership.leave(self.model)

    @contextmanager
    def around(self, ids: Any, y: Any = None) -> Iterator[Around]:
        """One step of one's own loop: meter, tap and edits join in.

        >>> with trainer.around(ids, y) as s:
        ...     loss = my_loss(model(x), s.y)  # s.weight is 0 where an edit took the label out
        ...     loss.backward()
        ...     optimizer.step()
        ...     s.done(loss)
        """
        self._check_open()
        ids = torch.as_tensor(ids, dtype=torch.int64).cpu()
        self._sampler.passes += len(ids)
        self._mark("train")
        self._begin()
        around = Around(self, ids, None if y is None else torch.as_tensor(y))
        self._tap.listener = around.joins if self.feedback.due(self.steps) else None
        try:
            with self._random:
                yield around
        finally:
            self._tap.listener = self._tap.raw = None
            self._mark(None)
            self.steps += 1

    def twin(self, *, seed: int | None = None) -> Trainer:
        """A trainer like this one at its beginning, of a copy of the model: no edits, no meter, nothing shared.

        On the thread that owns the model. With another seed only the order of the samples and what is drawn differ.
        """
        self._check_open()
        self._renewable("a control run")
        self._unhook()
        try:
            model = copy.deepcopy(self.model)
        finally:
            self._tap = Tap(self.model, self.layer, self._tap.pool)
            self._lent = self._random.lend_to(self._drawing)
        model.load_state_dict(self.initial)
        for parameter in model.parameters():
            parameter.grad = None
        options = {name: getattr(self, name) for name in KEPT if name != "layer"}
        return Trainer(
            model,
            self.train,
            valid=self.valid,
            latent=self.layer,
            **(options | {"seed": self.seed if seed is None else seed}),
            loss=self._given_loss,
            optimizer=self._make_optimizer,
            scheduler=self._make_scheduler,
            device=self.device,
            call=self._call if self._foreign_call else None,
            statistics=False,
        )

    @property
    def passes(self) -> int:
        """How many samples it was trained on, each as often as it was met; injected rows do not count."""
        return self._sampler.passes

    @property
    def epoch(self) -> int:
        """How many epochs were begun, less one."""
        return self._sampler.epoch

    @property
    def epoch_done(self) -> bool:
        """Whether the last step was the last of its epoch."""
        return self._sampler.epoch_done

    @property
    def recent(self) -> tuple[float, float]:
        """Task loss and feedback loss, averaged over the last steps; NaN and 0 where there were none."""
        task, pull = self._task_losses.recent(), self._feedback_losses.recent()
        return (math.nan if task is None else float(task)), (0.0 if pull is None else float(pull))

    @property
    def waiting(self) -> list[Event]:
        """The edits that will be in force from the next step on, and are not yet."""
        return [event for event in self.journal.active if event.n > self._taken]

    @property
    def upcoming(self) -> Mending:
        """What the edits do to the data at the next step; `mending` is what they did at the last."""
        with self.journal.lock:
            if self.journal.version == self._version:
                return self.mending
            events = self.journal.active
        return mend([event.edit for event in events if event.edit is not None], self.train)

    # -- for the runner and the Lab --------------------------------------------------------------------------

    def mark(self, kind: str | None) -> None:
        """Tell the meter, if there is one, what this thread does from now on."""
        self._mark(kind)

    @contextmanager
    def reporting(self) -> Iterator[Callable[[], StepReport]]:
        """Collect what `advance` does in here; the value makes the report."""
        self._check_open()
        self._task_losses, self._feedback_losses = Mean(), Mean()
        first, begun = self.steps, time.perf_counter()
        stamp = self.meter.stamp() if self.meter is not None else None

        def report() -> StepReport:
            until = self.meter.stamp() if self.meter is not None else None
            return StepReport(
                self.steps,
                self.steps - first,
                time.perf_counter() - begun,
                self._task_losses.value(),
                self._feedback_losses.value(),
                partial(joules_of, self.meter, stamp, until),
            )

        try:
            yield report
        finally:
            self._mark(None)

    def advance(self) -> None:
        """One step, on the thread that owns the model."""
        self._mark("train")
        self._begin()
        try:
            if self._draws:
                with self._random:
                    self._update()
            else:
                self._update()
        finally:
            # a step that failed counts: it has used its batch, and edits that came meanwhile are stamped
            # with the next
            self.steps += 1
        if self._sampler.epoch_done and self._scheduler is not None:
            self._scheduler.step()

    def exact(self, ids: torch.Tensor, *, batch: int = 512, tap: Tap | None = None) -> torch.Tensor:
        """Exact latents (k, d) on the device, on the thread that owns the model; training does not notice."""
        tap = self._tap if tap is None else tap
        with self._watching():
            parts = []
            for some in ids.split(batch):
                self._forward(self.train.view(some))
                parts.append(tap.latent.float())
            return torch.cat(parts) if parts else torch.zeros(0, self.dims, device=self.device)

    def beliefs(self, ids: torch.Tensor, *, batch: int = 512) -> tuple[torch.Tensor, torch.Tensor]:
        """Exact latents (k, d) and class probabilities (k, c) on the device, as `exact`; for classifiers."""
        with self._watching():
            parts = [
                (self._forward(self.train.view(some)).softmax(1), self._tap.latent.float())
                for some in ids.split(batch)
            ]
            return torch.cat([latent for _, latent in parts]), torch.cat([p for p, _ in parts])

    # -- inside ----------------------------------------------------------------------------------------------

    # A small net's step is a third of a millisecond, and what runs once a step runs out of cold caches: each line
    # from here to `_batch`'s end costs up to a thousandth of it.

    def _update(self) -> None:
        if len(self._optimizer.param_groups) != self._groups:
            self._hold()
        for parameter in self._parameters:  # zero_grad does the same in 20 times the time
            parameter.grad = None
        self._batch(True)
        for _ in range(self.accumulate - 1):
            self._batch(False)
        if self._scaler is None:
            self._apply()
        else:
            self._scaler.step(self._optimizer)
            self._scaler.update()

    def _batch(self, first: bool) -> None:
        """Forward and backward of one batch; on the first of a step, edited samples may join it."""
        step = self.steps
        due = first and self.feedback.due(step)
        if due:
            with self.doing("feedback"):
                window = self.feedback.inject(self.batch_size)
            extra = window.ids
            task = self._sampler.next(self.batch_size - len(extra))
            ids = torch.cat([task, extra])
        else:
            ids = task = self._sampler.next(self.batch_size)
        targets = labels = self._targets[self._here(ids)]
        if due and not window.masked:
            targets = labels.clone()
            targets[len(task) :].fill_(math.nan if self.train.regression else -100)
        x = self._inputs(ids) if self._reader is None else self._read(task, ids[len(task) :])
        if self._sampler.epoch >= self._watch_at and not self._draws:
            output = self._watched(x)
        else:
            output = self.model(x) if self._plain else self._forward(x)
        pull = self._pull(ids, labels, window) if due else None
        if self._holes or self._loss is not None:
            loss = self._task_loss(output, targets, task)
        else:
            loss = F.cross_entropy(output, targets)
        share = loss / self.accumulate if self.accumulate > 1 else loss
        if self._scaler is not None:
            share, pull = self._scaler.scale(share), None if pull is None else self._scaler.scale(pull)
        if pull is None:
            share.backward()
        else:
            torch.autograd.backward((share, self._tap.raw), (None, pull))  # type: ignore[arg-type]
        if not self._joined:
            self._joined = True
            raise RuntimeError(
                f"edits cannot act on layer {self.layer!r}: the loss does not depend on its output; tap another layer"
                " or undo the edits"
            )
        self._task_losses.add(loss.detach())
        if self.statistics or self.feedback.live:
            self.seen.note(ids, self._tap.latent.detach(), output.detach(), labels, step)
        self._tap.raw = None

    def _read(self, task: torch.Tensor, extra: torch.Tensor) -> torch.Tensor:
        """Inputs by worker processes; those of injected rows come out of turn."""
        assert self._reader is not None
        x = self._reader.take(task, self._sampler.ahead)
        return torch.cat([x, self._reader.read(extra)]) if len(extra) else x

    def _watched(self, x: torch.Tensor) -> torch.Tensor:
        """A forward pass under watch, once in epochs 1, 2, 4, 8 and so on: a model may begin to draw late."""
        self._watch_at = 2 * max(1, self._sampler.epoch)

        def drew() -> None:
            if not self._draws:
                log.warning(
                    "the model began to draw random numbers by step %d; from the next step on they are the trainer's"
                    " own, but before they were the process's: this run will not repeat bit for bit",
                    self.steps + 1,
                )
            self._draws = True

        with Watch(drew):
            return self._forward(x)

    def _here(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor of the host on the model's device."""
        return tensor if self.device.type == "cpu" else tensor.to(self.device, non_blocking=True)

    def _forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self._here(x)
        if self._features is not None:
            x = x * self._features.view(1, -1, *[1] * (x.ndim - 2))
        half = _PRECISIONS[self.precision]
        if half is not None:
            with torch.autocast(self.device.type, half):
                return self._tensor(self._call(self.model, x)).float()
        return self._tensor(self._call(self.model, x))

    def _tensor(self, output: Any) -> torch.Tensor:
        if not isinstance(output, torch.Tensor):
            raise TypeError(
                f"the model returns {type(output).__name__}, not a tensor; pass call=lambda model, x: ... that"
                " returns the tensor which the loss takes"
            )
        return output

    def _pull(
        self, ids: torch.Tensor, labels: torch.Tensor, window: Window | None = None
    ) -> torch.Tensor | None:
        """The feedback's gradient on the latents of this forward pass, to start backward with.

        Now and then it is hooked onto them instead, to be measured against the task's own gradient.
        """
        raw = self._tap.raw
        assert raw is not None
        if not raw.requires_grad:
            raise RuntimeError(
                f"edits cannot act on layer {self.layer!r}: nothing before it is trained; unfreeze it or undo"
                " the edits"
            )
        with self.doing("feedback"):
            found = self.feedback.gradient(raw, self._tap.pool, ids, labels, self.steps, window)
            if found is None:
                return None
            pull, loss = found
            self._feedback_losses.add(loss)
            seed = self.feedback.capped(pull)
            if seed is not None:
                return seed
        self._joined = False

        def join(gradient: torch.Tensor) -> torch.Tensor:
            self._joined = True
            if self._scaler is None:
                return self.feedback.join(gradient, pull.to(gradient.dtype))
            scale = self._scaler.scale(torch.ones((), device=gradient.device))
            return (self.feedback.join(gradient.float() / scale, pull.float()) * scale).to(gradient.dtype)

        raw.register_hook(join)
        return None

    def _task_loss(self, output: torch.Tensor, y: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        if self._loss is None:
            # the mean over no label at all would be NaN; mostly the first sample tells that there is one
            if (
                self._holes
                and not self._labelled[int(ids[0])]
                and not any(map(self._labelled.__getitem__, ids))
            ):
                return 0.0 * output.sum()
            return F.cross_entropy(output, y)  # leaves out -100
        known = ~y.isnan() if y.is_floating_point() else y >= 0
        per_sample = self._loss(output, y.nan_to_num() if y.is_floating_point() else y.clamp(min=0))
        if per_sample.shape != y.shape:
            raise ValueError(
                f"the loss returned shape {tuple(per_sample.shape)} for {len(y)} samples; it must return one value"
                ' per sample: use reduction="none"'
            )
        return (per_sample * known).sum() / known.sum().clamp(min=1)

    def _begin(self) -> None:
        """Take the edits that came since the last step, under the journal's lock, once."""
        with self.journal.lock:
            if self.journal.version != self._version:
                with self.doing("feedback"):
                    self._land()
            self.journal.step = self.steps + 1
        if self.feedback.stale(self.steps):
            with self.doing("feedback"):
                self.feedback.refresh(self._survey(), self.steps)

    def _land(self) -> None:
        self._put_in_force(self.journal.active)
        self._version, self._taken = self.journal.version, len(self.journal)

    def _put_in_force(self, events: list[Event]) -> None:
        self._landed = events
        mending = mend([event.edit for event in events if event.edit is not None], self.train)
        self._use(mending)
        self.feedback.take(events, mending, self.train, self.steps)

    def _use(self, mending: Mending) -> None:
        self.mending = mending
        targets = mending.targets
        holes = targets.isnan() if targets.is_floating_point() else targets < 0
        self._holes, self._labelled = bool(holes.any()), (~holes).numpy().tobytes()
        self._targets = targets.to(self.device)
        self._features = None if mending.features is None else mending.features.to(self.device)
        # whether a forward pass is a call of the model and no more
        self._plain = (
            self._features is None
            and self.precision == "fp32"
            and self.device.type == "cpu"
            and not self._foreign_call
        )
        self._sampler.weigh(mending.weights)

    def _survey(self) -> Survey:
        """Where training saw the samples last; what edits refer to is computed now.

        Early in training latents grow so fast that places of half an epoch ago mislead. Before training has met all
        classes, a spread of samples is computed as well.
        """
        seen, device = self.seen, self.device
        latents, step = seen.latents, seen.step
        known = step >= 0
        recent = step >= max(0, self.steps - math.ceil(RECENT / self.batch_size))
        named = torch.tensor(self.feedback.references(), dtype=torch.int64)
        if self._sampler.epoch < 1:
            n = len(self.train)
            spread = torch.linspace(0, n - 1, min(n, FIRST_LOOK)).long()
            ids = spread[~known[spread.to(device)].cpu()]
            latents, known, recent = latents.clone(), known.clone(), recent.clone()
            latents[ids.to(device)] = self.exact(ids)
            known[ids.to(device)] = recent[ids.to(device)] = True
        return Survey(
            latents, known, recent, named.tolist(), self.exact(named) if len(named) else latents[:0]
        )

    def _evaluate(self, change: Callable[[torch.Tensor], torch.Tensor] | None = None) -> dict[str, float]:
        part = self.train if self.valid is None else self.valid
        right, total, known_count = 0.0, 0.0, 0
        with self.doing("evaluate"), self._watching():
            for ids in torch.arange(len(part)).split(1024):
                x = part.view(ids)
                output, y = self._forward(x if change is None else change(x)), part.y[ids].to(self.device)
                known = ~y.isnan() if part.regression else y >= 0
                output, y = output[known], y[known]
                if part.regression:
                    total += float((output.reshape(len(y), -1)[:, 0] - y).square().sum())
                else:
                    total += float(F.cross_entropy(output, y, reduction="sum"))
                    right += float((output.argmax(1) == y).sum())
                known_count += len(y)
        loss = total / known_count if known_count else math.nan
        if part.regression:
            return {"loss": loss, "n": known_count}
        return {"accuracy": right / known_count if known_count else math.nan, "loss": loss, "n": known_count}

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """A look that leaves no trace: no gradient, eval mode, each module's own flag restored."""
        flags = [(module, module.training) for module in self.model.modules()]
        raw = self._tap.raw
        self.model.eval()
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                yield
        finally:
            for module, flag in flags:
                module.training = flag
            self._tap.raw = raw

    def _probe(self) -> int:
        """One forward pass of two samples: shapes fit, the layer runs, and which modules draw numbers."""
        state = {name: value.clone() for name, value in self.model.state_dict().items()}
        self._features = None
        with undisturbed():
            x = self.train.inputs(torch.arange(min(2, len(self.train))))
        if len(x) == 1:
            x = torch.cat([x, x])  # batch norm cannot train on a single row
        output: list[torch.Tensor] = []
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                drawing = modules_that_draw(self.model, lambda: output.append(self._forward(x)))
        except TypeError:
            raise
        except Exception as error:
            raise ValueError(
                f"the model does not take this data: one sample has shape {tuple(self.train.shape)} ({x.dtype}),"
                f" a batch {tuple(x.shape)}; {_inputs_wanted(self.model)}; it said: {error}"
            ) from error
        finally:
            with torch.no_grad():
                for name, value in self.model.state_dict().items():
                    value.copy_(state[name])
        latent = self._tap.latent
        if latent.ndim != 2 or len(latent) != len(x):
            raise ValueError(
                f"layer {self.layer!r} gives {tuple(latent.shape)} for a batch of {len(x)}, which cannot be read"
                " as one vector per sample; tap another layer"
            )
        if not self.train.regression:
            classes = len(self.train.classes)
            if output[0].ndim != 2 or output[0].shape[1] < classes:
                raise ValueError(
                    f"the model's output has shape {tuple(output[0].shape)} for a batch of {len(x)}, but the data"
                    f" has {classes} classes; its last layer must give {classes} numbers per sample"
                )
        if self.valid is not None and len(self.valid) and self.valid.shape != self.train.shape:
            raise ValueError(
                f"validation inputs have shape {tuple(self.valid.shape)}, training {tuple(self.train.shape)}"
            )
        if self.valid is not None and self.valid.regression != self.train.regression:
            raise ValueError(
                "training and validation labels differ in kind: both are class indices, or both floats"
            )
        if self.valid is not None and self.valid.classes != self.train.classes:
            raise ValueError(
                f"validation data have classes {self.valid.classes}, training {self.train.classes}; pass the same"
                " classes= to both"
            )
        self._tap.raw = None
        self._drawing, self._lent = drawing, self._random.lend_to(drawing)
        # only what is known not to draw may run on the process's own generator
        self._draws = bool(drawing) or self._foreign or self.train.lazy
        self._watch_at = 1
        return latent.shape[1]

    def _start(self) -> None:
        """Everything as before the first step, but for the weights."""
        self.steps = 0
        self._version, self._taken = -1, 0  # of the journal, when edits landed last, and its lines
        self._landed = []
        self._joined = True  # whether the last pull met the task's gradient on its way back
        self._task_losses, self._feedback_losses = Mean(), Mean()
        params = [p for p in self.model.parameters() if p.requires_grad]
        if not params:
            raise ValueError("the model has no parameter to train (requires_grad is False for all)")
        make = self._make_optimizer
        if isinstance(make, torch.optim.Optimizer):
            self._optimizer = make
        else:
            self._optimizer = make(params) if make is not None else optimizers.adam(params)
        self._hold()
        mine = {id(p) for p in params}
        if not any(id(p) in mine for p in self._parameters):
            raise ValueError(
                "the optimizer holds no parameter of this model, so nothing would train: make it anew from"
                " model.parameters(), or as lambda params: ... of those params, which may be a copy's"
            )
        self._draws |= not type(self._optimizer).__module__.startswith("torch.optim.")
        self._apply = optimizers.stepping(self._optimizer)
        schedule = self._make_scheduler
        self._scheduler = schedule(self._optimizer) if callable(schedule) else schedule
        if self._scheduler is not None:
            optimizers.refuse_needs(self._scheduler, "measure", "StepLR")
        self._sampler = Sampler(len(self.train), self.batch_size, self.seed)
        self._stop_reading()
        self._reader = Reader(self.train, self.workers, self.seed) if self.workers else None
        # small gradients vanish in half precision unless the loss is scaled up; bfloat16 has room for them
        self._scaler = torch.amp.GradScaler(self.device.type) if self.precision == "fp16" else None
        self.feedback.reset()
        self._use(mend([], self.train))

    def _hold(self) -> None:
        """The parameters that the optimizer steps; layers may be thawed, and join as another group, at any time."""
        groups = self._optimizer.param_groups
        self._groups, self._parameters = len(groups), [p for group in groups for p in group["params"]]

    def _unhook(self) -> None:
        self._tap.remove()
        for handle in self._lent:
            handle.remove()

    def _renewable(self, what: str) -> None:
        if isinstance(self._make_optimizer, torch.optim.Optimizer) or (
            self._make_scheduler is not None and not callable(self._make_scheduler)
        ):
            raise ValueError(
                f"{what} needs a fresh optimizer: pass optimizer=lambda params: ... (and the scheduler so), not an"
                " instance"
            )

    def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _reset(self) -> None:
        self._renewable("reset")
        self.model.load_state_dict(self.initial)
        self._random = OwnRandom(self.seed, self.device)
        for handle in self._lent:
            handle.remove()
        self._tap.recording = True
        dims = self._probe()
        self.seen = Seen(len(self.train), dims, regression=self.train.regression, device=self.device)
        self._start()
        self.journal.reset()
        for callback in self.at_reset:
            callback()

    def _restore(self, tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> None:
        # all that the feedback keeps in tensors is on the device, and what else does copies it there itself
        tensors = {n: t.to(self.device) if n.startswith("feedback.") else t for n, t in tensors.items()}
        parts = {name: checkpoint.join(tensors, plain[name]) for name in _PARTS}
        self._check_shapes(parts)
        self.model.load_state_dict(parts["model"])
        self.initial.update(parts["initial"])
        self._optimizer.load_state_dict(parts["optimizer"])
        if self._scheduler is not None and parts["scheduler"] is not None:
            self._scheduler.load_state_dict(parts["scheduler"])
        self._random.load(parts["random"])
        self.seen.load(parts["seen"])
        if self._reader is not None:
            self._reader.count = plain["read"]
        if self._scaler is not None and plain["scaler"] is not None:
            self._scaler.load_state_dict(plain["scaler"])
        self.steps = plain["steps"]
        with self.journal.lock:
            self.journal.header = {**self._header(), **self.journal.header}
            self.journal.resume(self.steps)
            # as it was: whatever has come since, if only an undo, lands before the next step
            landed = set(plain["edits"])
            self._put_in_force([event for event in self.journal if event.n in landed])
            self._version, self._taken = plain["version"], plain["taken"]
        self._sampler.load(parts["sampler"])
        self._sampler.weigh(self.mending.weights)
        self.feedback.load(parts["feedback"])

    def _check_shapes(self, parts: dict[str, Any]) -> None:
        """What torch would stretch to fit, or stumble over only in a later step."""
        here = {name: value.shape for name, value in self.seen.state().items()}
        if {name: value.shape for name, value in parts["seen"].items()} != here:
            raise TypeError("what training saw is of other shapes than these data and this layer")
        sampler, n = parts["sampler"], len(self.train)
        order = sampler["order"]
        if any(sampler[name].shape != (n,) for name in ("drawn", "coins", "met")) or (
            len(order) and not 0 <= int(order.min()) <= int(order.max()) < n
        ):
            raise TypeError(f"its order is not one of {n} samples")
        sizes = {p.shape for p in self._parameters} | {torch.Size([]), torch.Size([1])}
        for state in parts["optimizer"]["state"].values():
            if any(isinstance(v, torch.Tensor) and v.shape not in sizes for v in state.values()):
                raise TypeError("the optimizer's state is of other shapes than the model")
        pulls = parts["feedback"]["pulls"]
        classes = max(1, len(self.train.classes))
        if pulls is not None and pulls["ground"]["means"].shape != (classes, self.dims):
            raise TypeError(f"its pulls are not of {classes} classes in {self.dims} dimensions")

    def _header(self) -> dict[str, Any]:
        return {
            "samples": self.train.fingerprint,
            "weights": ownership.hashed(self.initial),
            "seed": self.seed,
            "batch_size": self.batch_size,
            "accumulate": self.accumulate,
            "layer": self.layer,
            "torch": torch.__version__,
            "threads": self.threads,
            "device": self.device.type,
            "precision": self.precision,
            "workers": self.workers,
            "optimizer": optimizers.in_words(self._optimizer),
            "loss": self._loss_words,
            "feedback": self.feedback.describe(),
        }

    def _check_open(self) -> None:
        if self.closed:
            raise RuntimeError(
                "this trainer was closed: its model belongs to a newer one, or close() was called"
            )


class Around:
    """What `Trainer.around` hands to one's own loop."""

    def __init__(self, trainer: Trainer, ids: torch.Tensor, y: torch.Tensor | None):
        if y is not None and y.shape != ids.shape:
            raise ValueError(f"around got {len(y)} labels for {len(ids)} ids; pass one per id")
        self._trainer, self._ids = trainer, ids
        self._labels = trainer._targets[ids.to(trainer.device)]
        known = ~self._labels.isnan() if self._labels.is_floating_point() else self._labels >= 0
        self.y = self._labels.nan_to_num() if self._labels.is_floating_point() else self._labels.clamp(min=0)
        self.weight = known.float()

    def joins(self) -> None:
        """The tapped layer has just run in a training pass: hook the feedback on."""
        trainer = self._trainer
        pull, raw = trainer._pull(self._ids, self._labels), trainer._tap.raw
        if pull is not None and raw is not None:
            raw.register_hook(lambda gradient: gradient + pull)

    def done(self, loss: torch.Tensor, output: torch.Tensor | None = None) -> None:
        """The step is over; `output` lets confidence and losses per sample be known."""
        trainer = self._trainer
        trainer._task_losses.add(loss.detach())
        if output is not None:
            trainer.seen.note(
                self._ids, trainer._tap.latent.detach(), output.detach(), self._labels, trainer.steps
            )


def _inputs_wanted(model: nn.Module) -> str:
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, torch.Tensor) and weight.ndim >= 2:
            return f"its first layer with weights, {name!r}, is {module}"
    return "it has no layer with weights"
