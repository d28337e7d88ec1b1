"""Step: one optimizer update over one or more batches, with the edits in force and their pull on the latents."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch.nn import functional as F

from ..data.reader import Reader
from ..data.samples import Samples
from ..edits.events import Event
from ..feedback.survey import Window
from ..model.network import Network
from . import optimizers, task_loss
from .in_force import InForce
from .report import Mean
from .sampling.sampler import Sampler
from .seen import Seen
from .settings import Settings


class Step:
    """Everything that is made anew when a run begins: optimizer, sampler, reader, and the means of its losses."""

    def __init__(
        self,
        network: Network,
        edits: InForce,
        train: Samples,
        settings: Settings,
        seen: Seen,
        *,
        statistics: bool,
        doing: Callable[[str], AbstractContextManager[Any]],
    ):
        self.network, self.edits, self.seen = network, edits, seen
        self.statistics, self._doing, self._train = statistics, doing, train
        self._feedback, self._inputs = edits.feedback, train.rows.train
        self._loss, self.loss_words = task_loss.named(settings.loss, train, network.read)
        self.of_inputs: task_loss.OfInputs | None = None  # the loss of data without labels
        self._whole: Any = None  # a loss that takes more than one label a sample, or none
        if self._loss is not None and train.unlabelled:
            self._whole = self.of_inputs = task_loss.OfInputs(self._loss)
        elif self._loss is not None and train.several is not None:
            self._whole = task_loss.OfSeveral(self._loss, train, network.device)
        self._joined = True  # whether the last pull met the task's gradient on its way back
        self.forget_losses()
        self._accumulate, self._batch_size = settings.accumulate, settings.batch_size
        with optimizers.without_compiler():
            self.optimizer = _optimizer(network, settings)
        self._hold()
        self._own = not type(self.optimizer).__module__.startswith("torch.optim.")
        network.draws |= self._own
        self._apply = optimizers.stepping(self.optimizer)
        # the line up to which the rate was lowered: those before are not of this run
        self.slowed = len(edits.journal)
        edits.slow = self.slow
        schedule = settings.scheduler
        self.scheduler = schedule(self.optimizer) if callable(schedule) else schedule
        if self.scheduler is not None:
            optimizers.refuse_needs(self.scheduler, "measure", "StepLR")
        self._every_step = settings.scheduler_every == "step"
        self.sampler = Sampler(
            len(train), settings.batch_size, settings.seed, priority=settings.order == "priority"
        )
        self.reader = Reader(train, settings.workers, settings.seed) if settings.workers else None
        # small gradients vanish in half precision unless the loss is scaled up; bfloat16 has room for them
        self.scaler = torch.amp.GradScaler(network.device.type) if settings.precision == "fp16" else None
        self._plain = all((self._loss is None, self._accumulate == 1, not self.scaler, edits.company.entire))

    def close(self) -> None:
        """End the processes that read ahead."""
        if self.reader is not None:
            self.reader.close()

    def forget_losses(self) -> None:
        """Begin the means anew."""
        self.task_losses, self.feedback_losses = Mean(), Mean()

    @property
    def recent(self) -> tuple[float, float]:
        """Task loss and feedback loss over the last steps; NaN and 0 where there were none."""
        task, pull = self.task_losses.recent(), self.feedback_losses.recent()
        return (math.nan if task is None else float(task)), (0.0 if pull is None else float(pull))

    @property
    def diverged(self) -> bool:
        """Whether the task loss of the last steps is no number, or infinite."""
        loss = self.task_losses.recent()
        return loss is not None and not math.isfinite(float(loss))

    def _hold(self) -> None:
        """The parameters that the optimizer steps; layers may be thawed, and join as another group, at any time."""
        groups = self.optimizer.param_groups
        self._groups, self._parameters = len(groups), [p for group in groups for p in group["params"]]

    # A small net's step is a third of a millisecond, and what runs once a step runs out of cold caches: each line
    # from here to `_batch`'s end costs up to a thousandth of it.

    def run(self, number: int) -> None:
        """The update that makes `number` into `number + 1`."""
        if self.network.draws:
            with self.network.random:
                self._update(number)
        else:
            self._update(number)

    def schedule(self) -> None:
        """After a step: the scheduler's, if it is due."""
        if self.scheduler is not None and (self._every_step or self.sampler.epoch_done):
            self.scheduler.step()

    def slow(self, events: tuple[Event, ...]) -> None:
        """Lower the learning rate by those of these lines that are new."""
        for event in events:
            if event.n > self.slowed:
                self.slowed = event.n
                for group in self.optimizer.param_groups:
                    group["lr"] = group["lr"] * event.rate

    def _update(self, number: int) -> None:
        if len(self.optimizer.param_groups) != self._groups:
            self._hold()
        for parameter in self._parameters:  # zero_grad does the same in 20 times the time
            parameter.grad = None
        self._batch(number, True)
        for _ in range(self._accumulate - 1):
            self._batch(number, False)
        self.edits.company.sum(self._parameters, self.task_losses, self._accumulate, self._own)
        if self.scaler is None:
            self._apply()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()

    def _batch(self, number: int, first: bool) -> None:
        """Forward and backward of one batch; on the first of a step, edited samples may join it."""
        network, edits, feedback, sampler = self.network, self.edits, self._feedback, self.sampler
        company = edits.company
        due = first and feedback.due(number)
        if due:
            with self._doing("feedback"):
                drawn, window = feedback.inject(self._batch_size, number)
            extra = drawn if window is None else torch.cat([drawn, window.ids])
            task = sampler.next(self._batch_size - len(extra))
            ids = torch.cat([task, extra])
        else:
            drawn, window, ids = None, None, (task := sampler.next(self._batch_size))
        targets = labels = edits.targets[network.here(ids)]
        if window is not None and not window.masked:
            targets = labels.clone()
            targets[-len(window.ids) :].fill_(math.nan if self._train.regression else -100)
        # those of this process: all of them, but where several train together
        mine, own, taught = company.deal(ids, targets, task)
        if mine is None:
            self._without_rows(ids, labels, number, window, due)
            return
        x = self._inputs(mine) if self.reader is None else self._read(taught, mine[len(taught) :])
        if network.watch_due(sampler.epoch):
            output = network.watched(x, sampler.epoch, number + 1)
        else:
            output = network.model(x) if network.plain else network.forward(x)
        pull, slope, each = self.pull(ids, labels, number, window) if due else None, None, None
        if drawn is not None and len(drawn):
            sampler.passes += len(drawn)
            both = torch.cat([task, drawn])
            loss = self._shared_loss(output, own, both, feedback.drags.shares(both, len(drawn)), ids)
        else:
            if sampler.counts is None and self._loss is None and not edits.holes:
                loss = F.cross_entropy(output, own)
            elif sampler.counts is not None and self._plain and not edits.holes:
                each, slope, loss = task_loss.weighed(output, own, sampler.slopes(mine, len(taught)))
            else:
                loss = self._task_loss(output, own, taught, x, mine)
            loss = company.part(loss, output, self._counted, (targets, task), (own, taught))
        share = loss / self._accumulate if self._accumulate > 1 else loss if each is None else each
        if self.scaler is not None:
            share, pull = self.scaler.scale(share), None if pull is None else self.scaler.scale(pull)
        if pull is None:
            share.backward(slope)
        else:
            torch.autograd.backward((share, network.tap.raw), (slope, pull))  # type: ignore[arg-type]
        if not self._joined:
            self._joined = True
            raise RuntimeError(
                f"edits cannot act on layer {network.layer!r}: the loss does not depend on its output; tap another"
                " layer or undo the edits"
            )
        self.task_losses.add(loss.detach())
        if self.statistics or feedback.live or sampler.skim is not None:
            known = own if targets is labels else company.rows(labels, len(ids))
            losses = each.detach() if each is not None and known is own else None
            told = self.told_by(output.detach())
            self.seen.note(mine, network.tap.latent.detach(), told, known, number, losses)
        network.tap.raw = None

    def _without_rows(
        self, ids: torch.Tensor, labels: torch.Tensor, number: int, window: Window | None, due: bool
    ) -> None:
        """A short last batch has no row for every rank: the others are heard all the same."""
        self.network.tap.raw = None
        if due:
            self.pull(ids, labels, number, window)
        self.task_losses.add(torch.zeros((), device=self.network.device))

    def _read(self, task: torch.Tensor, extra: torch.Tensor) -> torch.Tensor:
        """Inputs by worker processes; those of injected rows come out of turn."""
        assert self.reader is not None
        x = self.reader.take(task, self._ahead)
        return torch.cat([x, self.reader.read(extra)]) if len(extra) else x

    def _ahead(self) -> torch.Tensor:
        """What this process has still to read of the epoch, as things stand."""
        parts = self.sampler.ahead().split(self._batch_size)
        return torch.cat([self.edits.company.rows(part, len(part)) for part in parts])

    def pull(
        self, ids: torch.Tensor, labels: torch.Tensor, number: int, window: Window | None = None
    ) -> torch.Tensor | None:
        """The feedback's gradient on the latents of this forward pass, to start backward with.

        Now and then it is hooked onto them instead, to be measured against the task's own gradient.
        """
        tap, feedback, company = self.network.tap, self._feedback, self.edits.company
        raw, count = tap.raw, ids.size(0)
        if raw is not None and not raw.requires_grad:
            raise RuntimeError(
                f"edits cannot act on layer {tap.layer!r}: nothing before it is trained; unfreeze it or undo"
                " the edits"
            )
        with self._doing("feedback"):
            z = self.seen.latents[:0] if raw is None else tap.latent.detach().float()
            z = company.gather(z, count)  # (b, d)
            drags = feedback.contrasted(z, ids, number)
            found = feedback.gradient(z, ids, labels, number, window)
            free = None if drags is None else tap.back(company.rows(drags[0], count))
            if drags is not None:
                self.feedback_losses.add(drags[1] if found is None else drags[1] + found[1])
            if found is None:
                return free
            pull, loss = tap.back(company.rows(found[0], count)), found[1]
            if drags is None:
                self.feedback_losses.add(loss)
            capped = feedback.capped(pull, company.across)
            if capped is not None:
                return capped if free is None else capped + free
            if raw is None:
                feedback.join(pull, pull, company.across)
                return None
        self._joined = False

        def join(gradient: torch.Tensor) -> torch.Tensor:
            self._joined = True
            if self.scaler is None:
                return feedback.join(gradient, pull.to(gradient.dtype), company.across)
            scale = self.scaler.scale(torch.ones((), device=gradient.device))
            return (feedback.join(gradient.float() / scale, pull.float()) * scale).to(gradient.dtype)

        raw.register_hook(join)
        return free

    def told_by(self, output: torch.Tensor) -> torch.Tensor:
        """What an output tells of its samples: numbers per class, or, without labels, its loss (n, 1)."""
        if self.of_inputs is not None:
            return self.of_inputs.last[:, None]
        return output if self.network.read is None else self.network.read(output)

    def _shared_loss(
        self,
        output: torch.Tensor,
        y: torch.Tensor,
        own: torch.Tensor,
        shares: torch.Tensor,
        ids: torch.Tensor,
    ) -> torch.Tensor:
        """The task loss of a batch of `ids` into which dragged samples were drawn: each row counts its share."""
        _, own, shares = self.edits.company.deal(ids, own, shares)
        output, y = output[: len(own)], y[: len(own)]
        if self.sampler.counts is not None:
            shares = shares * self.sampler.counts[own]
        if self._loss is None:
            return F.cross_entropy(output, y, reduction="none") @ shares  # 0 for -100
        per_sample = self._loss(output, y.clamp(min=0))
        return (per_sample * (y >= 0)) @ shares

    def _task_loss(
        self, output: torch.Tensor, y: torch.Tensor, ids: torch.Tensor, x: torch.Tensor, mine: torch.Tensor
    ) -> torch.Tensor:
        if self._whole is not None:
            return self._whole(output, y, ids, self.network.here(x))
        counts = self.sampler.counts
        if counts is not None:
            counts = counts.index_select(0, self.network.here(mine))
        if self._loss is None and counts is None:
            # the mean over no label at all would be NaN; mostly the first sample tells that there is one
            labelled = self.edits.labelled
            first = len(ids) and labelled[int(ids[0])]
            if self.edits.holes and not first and not any(map(labelled.__getitem__, ids)):
                return 0.0 * output.sum()
            return F.cross_entropy(output, y)  # leaves out -100
        if self._loss is None:
            per_sample = F.cross_entropy(output, y, reduction="none")
            if counts is not None and not self.edits.holes:
                return per_sample @ (counts.to(per_sample.dtype) / len(ids))
        else:
            per_sample = self._loss(output, y.nan_to_num() if y.is_floating_point() else y.clamp(min=0))
        return task_loss.over_known(per_sample, y, counts)

    def _counted(self, targets: torch.Tensor, task: torch.Tensor) -> int:
        """Over how many samples the task loss is a mean."""
        if isinstance(self._whole, task_loss.OfSeveral):
            return self._whole.counted(targets, task)
        if self._whole is not None:
            return len(task)
        if not self.edits.holes and len(targets) == len(task):
            return len(targets)
        known = ~targets.isnan() if targets.is_floating_point() else targets >= 0
        return int(known.sum())

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps: tensors and plain data, nested."""
        with optimizers.without_compiler():
            optimizer = self.optimizer.state_dict()
        return {
            "optimizer": optimizer,
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "sampler": self.sampler.state(),
            "seen": self.seen.state(),
        }

    def plain(self) -> dict[str, Any]:
        """The rest of it: numbers alone."""
        return {
            "read": 0 if self.reader is None else self.reader.count,
            "slowed": self.slowed,
            "scaler": None if self.scaler is None else self.scaler.state_dict(),
        }

    def check(self, parts: dict[str, Any]) -> None:
        """Refuse parts of a checkpoint that torch would stretch to fit, or stumble over only in a later step."""
        here = self.seen.state()
        if {name: v.shape for name, v in parts["seen"].items()} != {n: v.shape for n, v in here.items()}:
            raise TypeError("what training saw is of other shapes than these data and this layer")
        sampler, n = parts["sampler"], len(self._train)
        order = sampler["order"]
        of_each = {"drawn", "coins", "met"} | ({"counts"} & set(sampler))
        if any(sampler[name].shape != (n,) for name in of_each) or (
            len(order) and not 0 <= int(order.min()) <= int(order.max()) < n
        ):
            raise TypeError(f"its order is not one of {n} samples")
        sizes = {p.shape for p in self._parameters} | {torch.Size([]), torch.Size([1])}
        for state in parts["optimizer"]["state"].values():
            if any(isinstance(v, torch.Tensor) and v.shape not in sizes for v in state.values()):
                raise TypeError("the optimizer's state is of other shapes than the model")
        pulls = parts["feedback"]["pulls"]
        least, dims = max(1, len(self._train.classes)), self.seen.latents.shape[1]
        most = max(least, len(self._train.classes) + len(self.edits.journal.found))
        means = None if pulls is None else pulls["standing"]["means"]
        if means is not None and not (
            means.ndim == 2 and least <= len(means) <= most and means.shape[1] == dims
        ):
            raise TypeError(f"its pulls are not of {least} classes in {dims} dimensions")

    def load(self, state: dict[str, Any], plain: dict[str, Any]) -> None:
        """Go on from `state()` and `plain()`, but for the sampler: its place counts once the edits have landed."""
        with optimizers.without_compiler():
            self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None and state["scheduler"] is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.seen.load(state["seen"])
        self.slowed = plain.get("slowed", 0)  # before it was kept, no line lowered a rate
        if self.reader is not None:
            self.reader.count = plain["read"]
        if self.scaler is not None and plain["scaler"] is not None:
            self.scaler.load_state_dict(plain["scaler"])


def _optimizer(network: Network, settings: Settings) -> torch.optim.Optimizer:
    """The one given or made, if it steps a parameter of this model."""
    params = [p for p in network.model.parameters() if p.requires_grad]
    if not params:
        raise ValueError("the model has no parameter to train (requires_grad is False for all)")
    make = settings.optimizer
    optimizer = (
        make if isinstance(make, torch.optim.Optimizer) else optimizers.made(make, params, settings.lr)
    )
    mine = {id(p) for p in params}
    if not any(id(p) in mine for group in optimizer.param_groups for p in group["params"]):
        raise ValueError(
            "the optimizer holds no parameter of this model, so nothing would train: make it anew from"
            " model.parameters(), or as lambda params: ... of those params, which may be a copy's"
        )
    return optimizer
