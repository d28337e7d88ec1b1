"""Seen: the last latent, guess and loss of every sample, from training's own forward passes alone."""

from __future__ import annotations

import numpy as np
import torch

# ids, latents, outputs, labels, the step, and losses where it has them
_Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, int, torch.Tensor | None]


class Seen:
    """The last latent, guess, loss and confidence of every sample, from training's own forward passes alone.

    A step only hands over what it has; one vectorised flush per 128 steps does the work, because storing at
    each step costs a tiny net a quarter of its speed.
    """

    EVERY = 128  # steps between two flushes, fewer where
    MOST = 2**22  # numbers wait: large batches of wide layers

    def __init__(
        self, n: int, dims: int, *, regression: bool, device: torch.device, unlabelled: bool = False
    ):
        self.regression, self.unlabelled = regression, unlabelled  # without labels an output is its loss
        self._latents = torch.zeros(n, dims, device=device)
        self._step = torch.full((n,), -1, dtype=torch.int32, device=device)
        self._loss = torch.full((n,), float("nan"), device=device)
        self._confidence = torch.full((n,), float("nan"), device=device)  # in the label in force
        self._certainty = torch.full((n,), float("nan"), device=device)  # in the guess
        self._predicted = torch.full((n,), -1.0 if not regression else float("nan"), device=device)
        self._forgotten = torch.zeros(n, dtype=torch.int16, device=device)
        self._order = torch.zeros(n, dtype=torch.int64, device=device)
        self._patience = self.EVERY
        self._waiting: list[_Batch] = []
        self._told = 0  # of those that wait, whose losses are written already

    def note(
        self,
        ids: torch.Tensor,
        latent: torch.Tensor,
        output: torch.Tensor,
        y: torch.Tensor,
        step: int,
        losses: torch.Tensor | None = None,
    ) -> None:
        """Keep one step's batch; `latent`, `output` and `losses`, where the step has them, are detached, in the batch's
        order."""
        self._waiting.append((ids, latent, output, y, step, losses))
        if len(self._waiting) >= self._patience:
            self.flush()
        elif len(self._waiting) == 1:
            self._patience = min(self.EVERY, self.MOST // max(1, latent.numel() + output.numel()))

    def forget(self, step: int) -> None:
        """What a step that comes again noted, as far as it still waits."""
        self._waiting = [waiting for waiting in self._waiting if waiting[4] != step]
        self._told = min(self._told, len(self._waiting))

    @torch.no_grad()
    def flush(self) -> None:
        """Write what waits, the newest of each sample."""
        if not self._waiting:
            return
        waiting, self._waiting, self._told = self._waiting, [], 0
        ids = torch.cat([w[0] for w in waiting])
        times = np.repeat(np.array([w[4] for w in waiting], np.int32), [w[0].size(0) for w in waiting])
        steps = torch.from_numpy(times).to(ids.device)
        last = self._last(ids)
        ids, steps = ids[last], steps[last]
        latent = torch.cat([w[1] for w in waiting])[last].float()
        output = torch.cat([w[2] for w in waiting])[last].float()
        y = torch.cat([w[3] for w in waiting])[last]
        self._latents[ids] = latent
        self._step[ids] = steps
        if self.unlabelled:
            self._loss[ids] = output[:, 0]
            return
        if self.regression:
            predicted = output.reshape(len(ids), -1)[:, 0]
            self._loss[ids] = (predicted - y) ** 2
        else:
            predicted, total, known, log_p = _told_by(output, y)
            self._certainty[ids] = total.reciprocal()
            was_right = (self._predicted[ids] == y) & known
            self._forgotten[ids] += (was_right & (predicted != y)).to(torch.int16)
            self._loss[ids] = _losses(waiting, last, known, log_p)
            self._confidence[ids] = torch.where(known, log_p.exp(), torch.nan)
        self._predicted[ids] = predicted.float()

    def _last(self, ids: torch.Tensor) -> torch.Tensor:
        """The last row of each sample: index writes with repeated ids have no defined winner."""
        place = torch.arange(1, len(ids) + 1, device=ids.device)
        self._order.index_fill_(0, ids, 0)
        self._order.scatter_reduce_(0, ids, place, "amax")
        return (self._order[ids] == place).nonzero()[:, 0]

    @torch.no_grad()
    def _write_losses(self) -> None:
        """Losses alone of what waits: what each epoch asks for that leaves out the easy ones, a third of a flush."""
        new = self._waiting[self._told :]
        if not new:
            return
        if self.unlabelled or self.regression:
            self.flush()
            return
        self._told = len(self._waiting)
        ids = torch.cat([w[0] for w in new])
        last = self._last(ids)
        if any(w[5] is None for w in new):
            output, y = torch.cat([w[2] for w in new])[last].float(), torch.cat([w[3] for w in new])[last]
            losses = _losses(new, last, *_told_by(output, y)[2:])
        else:
            losses = torch.cat([w[5] for w in new])[last].float()  # type: ignore[misc]
        self._loss[ids[last]] = losses

    @property
    def latents(self) -> torch.Tensor:
        """(n, d); rows never seen are zero, see `step`."""
        self.flush()
        return self._latents

    @property
    def step(self) -> torch.Tensor:
        """(n,) the step in which each sample was last seen, -1 for never."""
        self.flush()
        return self._step

    @property
    def loss(self) -> torch.Tensor:
        """(n,) the last loss of each sample, NaN for never or no label."""
        self._write_losses()
        return self._loss

    @property
    def confidence(self) -> torch.Tensor:
        """(n,) the probability given to the label in force, NaN for never or no label."""
        self.flush()
        return self._confidence

    @property
    def certainty(self) -> torch.Tensor:
        """(n,) the probability given to the last guess, NaN for never."""
        self.flush()
        return self._certainty

    @property
    def predicted(self) -> torch.Tensor:
        """(n,) the last guess: a class index (-1 for never) or, in regression, a value."""
        self.flush()
        return self._predicted

    @property
    def forgotten(self) -> torch.Tensor:
        """(n,) how often a sample that was right turned wrong, from one flush to the next."""
        self.flush()
        return self._forgotten

    def state(self) -> dict[str, torch.Tensor]:
        """All stores, for a checkpoint."""
        self.flush()
        return {name: value for name, value in vars(self).items() if isinstance(value, torch.Tensor)}

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from `state()`."""
        self._waiting, self._told = [], 0
        for name, value in state.items():
            getattr(self, name).copy_(value)


def _losses(
    waiting: list[_Batch], last: torch.Tensor, known: torch.Tensor, log_p: torch.Tensor
) -> torch.Tensor:
    """The losses that steps noted, as which samples are easy must not hang on when somebody looks; of other rows those
    that their outputs tell."""
    told = torch.where(known, -log_p, torch.nan)
    if all(w[5] is None for w in waiting):
        return told
    noted = [
        w[5] if w[5] is not None else torch.full(w[0].shape, torch.nan, device=told.device) for w in waiting
    ]
    found = torch.cat(noted)[last].float()
    return torch.where(found.isnan(), told, found)


def _told_by(
    output: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The guess of each row, one over its probability, which rows have a label, and the logarithm of the probability
    of that."""
    # by hand: log_softmax over a handful of columns takes ten times as long on a CPU
    top, predicted = output.max(1)
    total = (output - top[:, None]).exp_().sum(1)
    log_p = output.gather(1, y.clamp(min=0)[:, None])[:, 0] - top - total.log()
    return predicted, total, y >= 0, log_p
