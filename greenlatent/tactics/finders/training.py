"""Training: threads, fused optimizers and torch's own losses, the schedule, batches, half precision, a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional as F

from ...training.trainer import Trainer
from ..altered import Altered, anew, no_twin, options_of, several_groups
from ..entries import tactic
from ..offer import Asked, Offer
from ..putting import put

# What was tried on our data: docs/tactics.md. A rate that is higher already is not raised.
HALF, RATE, END, HIGHEST = 0.5, 5.0, 0.02, 2e-3
BATCH, BATCH_RATE, FALLING_RATE, EPOCH = (
    4,
    3.0,
    10.0,
    3,
)  # times as large, times the rate, batches of an epoch at least
ADAMS = (torch.optim.Adam, torch.optim.AdamW)
FUSED = (*ADAMS, torch.optim.SGD)
ROWS = 64  # by which a loss is compared with torch's own


def threads(asked: Asked) -> Offer | str:
    """One thread where there are several: a small net's threads wait for each other."""
    trainer = asked.run.trainer
    many = trainer.settings.threads
    if trainer.device.type != "cpu":
        return "the model is on a card"
    if many == 1:
        return "training runs on one thread already"
    return Offer(
        "threads",
        f"one thread instead of {many}",
        f"{many} threads share steps of {trainer.batch_size} samples, and wait for each other",
        altered=Altered({"threads": 1}),
        act=lambda run: put(run, "threads", 1, usual=many),
        accuracy="the same sums in another order",
    )


def fused(asked: Asked) -> Offer | str:
    """The fused form of the optimizer there is."""
    trainer = asked.run.trainer
    optimizer = trainer.stepper.optimizer
    name = type(optimizer).__name__
    if type(optimizer) not in FUSED:
        return f"{name} has no fused form in torch"
    if optimizer.defaults.get("fused"):
        return f"{name} is fused already"
    if not trainer.settings.renewable and several_groups(optimizer):
        return no_twin(trainer)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if not all(p.is_floating_point() for p in parameters) or optimizer.defaults.get("differentiable"):
        return f"{name} cannot be fused for these parameters"
    kept = {
        k: v for k, v in options_of(optimizer).items() if k not in ("foreach", "capturable", "differentiable")
    }

    def make(params: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        groups: list[Any] = list(params)
        if trainer.settings.renewable and trainer.settings.optimizer is not None:
            given = trainer.settings.optimizer
            rate = {} if trainer.settings.lr is None else {"lr": trainer.settings.lr}
            own = given(groups, **rate)  # type: ignore[operator]
            groups = [
                _without(group, ("foreach", "fused", "capturable", "differentiable"))
                for group in own.param_groups
            ]
        return type(optimizer)(groups, **{**kept, "fused": True})

    return Offer(
        "T11",
        f"{name}(..., fused=True)",
        f"{name} steps each parameter by several calls; its fused form does the same in one",
        altered=Altered({"optimizer": make, "lr": None}),
        accuracy="the same but for rounding",
    )


def _without(group: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in names}


def own_loss(asked: Asked) -> Offer | str:
    """Torch's own loss where the one that was given does the same."""
    trainer = asked.run.trainer
    loss = trainer.settings.loss
    if not callable(loss):
        return "the loss is torch's own already"
    if trainer.train.several is not None or trainer.train.unlabelled:
        return "the loss takes more than one label a sample, or none"
    if trainer.network.read is not None:
        return "what the model returns is no number per class"
    name = getattr(loss, "__name__", type(loss).__name__)
    if not _same_loss(trainer, loss):
        return f"{name} does something else than torch's own"
    return Offer(
        "T11",
        "loss=None, torch's own loss",
        f"the loss {name} gives what torch's own gives, by several calls instead of one",
        altered=Altered({"loss": None}),
        accuracy="the same but for rounding",
    )


def _same_loss(trainer: Trainer, loss: Callable[..., torch.Tensor]) -> bool:
    """Whether values and gradients are those of torch's, on some outputs of the model and far from them."""
    network = trainer.network
    ids = torch.arange(min(ROWS, len(trainer.train)))
    y = trainer.train.y[ids]
    known = ~y.isnan() if y.is_floating_point() else y >= 0
    with network.looking():
        output = network.forward(trainer.train.view(ids))
    output, y = output[known], y[known].to(network.device)
    if not len(y):
        return False
    for scale in (1.0, 8.0):
        ours, theirs = ((scale * output).clone().requires_grad_() for _ in "ab")
        try:
            mine = loss(ours, y)
        except Exception:
            return False
        other = (
            (theirs.reshape(len(y), -1)[:, 0] - y).square()
            if trainer.train.regression
            else F.cross_entropy(theirs, y, reduction="none")
        )
        if mine.shape != other.shape or not torch.allclose(mine, other, rtol=1e-3, atol=1e-5):
            return False
        mine.sum().backward()
        other.sum().backward()
        if ours.grad is None or theirs.grad is None:
            return False
        if not torch.allclose(ours.grad, theirs.grad, rtol=1e-3, atol=1e-5):
            return False
    return True


def falling(steps: int) -> dict[str, Any]:
    """Options under which the rate falls over so many steps."""

    def fall(t: int) -> float:
        return 1 - (1 - END) * min(t, steps) / steps

    return {
        "scheduler": lambda optimizer: torch.optim.lr_scheduler.LambdaLR(optimizer, fall),
        "scheduler_every": "step",
    }


def schedule(asked: Asked) -> Offer | str:
    """Half the steps, at a rate that is higher and falls."""
    trainer = asked.run.trainer
    if trainer.stepper.scheduler is not None:
        return "there is a scheduler already"
    if said := _rate_stays(trainer):
        return said
    if asked.steps < 20:
        return "the plan is too short to be halved"
    return Offer(
        "schedule",
        f"half the steps, at {RATE:g} times the rate, falling to {END:.0%} of it",
        "the rate is constant, and a falling one gets as far in fewer steps",
        altered=Altered(_faster(trainer, RATE), schedule=falling, share=HALF),
        accuracy=on_our_data("schedule", "half the epochs, rate 5e-3 falling"),
    )


def batch(asked: Asked) -> Sequence[Offer] | str:
    """Larger batches, at a rate that goes with them, or at a higher one that falls."""
    trainer = asked.run.trainer
    if trainer.stepper.scheduler is not None:
        return "a scheduler sets the rate"
    if said := _rate_stays(trainer):
        return said
    size = BATCH * trainer.batch_size
    if len(trainer.train) < EPOCH * size * trainer.settings.accumulate:
        return f"batches of {size} would be fewer than {EPOCH} an epoch, too few to learn from"
    why = f"a step of {trainer.batch_size} samples has fixed costs, which {size} share"
    return [
        Offer(
            "batch",
            f"batches of {size} at {FALLING_RATE:g} times the rate, falling to {END:.0%} of it",
            why,
            altered=Altered({"batch_size": size, **_faster(trainer, FALLING_RATE)}, schedule=falling),
            accuracy=on_our_data("batch", "batch 256, rate 1e-2 falling"),
        ),
        Offer(
            "batch",
            f"batches of {size} at {BATCH_RATE:g} times the rate",
            why,
            altered=Altered({"batch_size": size, **_faster(trainer, BATCH_RATE)}),
            accuracy=on_our_data("batch", "batch 256, rate 3e-3"),
        ),
    ]


def half_precision(asked: Asked) -> Offer | str:
    """Sixteen bits where the processor multiplies them faster."""
    trainer = asked.run.trainer
    if trainer.settings.precision != "fp32":
        return f"precision is {trainer.settings.precision} already"
    return Offer(
        "T18",
        'precision="bf16"',
        "multiplications of 16 bits may be cheaper than those of 32",
        altered=Altered({"precision": "bf16"}),
        accuracy=on_our_data("T18", "bf16 training"),
    )


def budget(asked: Asked) -> str:
    """A limit saves nothing by itself: it is told of, and not offered."""
    if asked.run.budget is not None:
        return "there is a budget already"
    return "a limit saves nothing by itself; lab.budget = gl.Budget(joules=...) keeps a run to it"


def _rate_stays(trainer: Trainer) -> str:
    """Why the rate is not to be raised; empty where it may be."""
    optimizer = trainer.stepper.optimizer
    if type(optimizer) not in ADAMS:
        return f"it raises the learning rate, which was tried with Adam alone, and this is {type(optimizer).__name__}"
    highest = max(float(group["lr"]) for group in optimizer.param_groups)
    if highest > HIGHEST:
        return f"it raises the learning rate, and {highest:g} is as high as it may be"
    return ""


def _faster(trainer: Trainer, times: float) -> dict[str, Any]:
    """Options under which all rates are so many times as high."""
    settings = trainer.settings
    if settings.optimizer is None:
        return {"lr": times * (1e-3 if settings.lr is None else settings.lr)}
    own = settings.optimizer
    given = anew(own) if isinstance(own, torch.optim.Optimizer) else own
    rate = {} if settings.lr is None else {"lr": settings.lr}

    def make(params: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        optimizer: torch.optim.Optimizer = given(params, **rate)
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * times
        return optimizer

    return {"optimizer": make, "lr": None}


def on_our_data(id: str, arm: str) -> str:
    """What the catalogue has of one way: no forecast, and said as none."""
    points = [each.points for each in tactic(id).measured if each.arm == arm and each.points is not None]
    if not points:
        return "not known here"
    return f"not known here; on our data {min(points):+.1f} to {max(points):+.1f} points"
