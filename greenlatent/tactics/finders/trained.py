"""Trained: what becomes of weights that were learned: zeros, another run's beginning, a smaller net's teacher."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ...energy.joules import Ratio
from ...model.narrow import narrow, plain
from ...model.ownership import taken
from ...run.run import Run
from ...run.session import CHECKPOINT, HOME, JOURNAL
from ...run.setup import Setup
from ...training import checkpoint
from ...training.trainer import Trainer
from ..altered import Altered
from ..offer import BESIDE, Asked, Offer
from ..price import Turns, first_line, low
from .deployment import turns
from .training import on_our_data

ZEROS = 0.5  # of the weights of each layer
NEWEST = 8  # sessions that are looked into
STUDENT, HEAT = 0.25, 2.0  # of the teacher's width; by which its logits are divided
PAYS = 0.5  # of the plan that answers must save at least, for a student to be priced


def zeros(asked: Asked) -> Offer | str:
    """Half of the weights zero: fewer bytes to send, and as many joules."""
    count = sum(p.numel() for p in _matrices(asked.run.trainer.model))
    if not count:
        return "no layer has a matrix of weights"
    dense, packed = 4 * count, count / 8 + 4 * (1 - ZEROS) * count
    return Offer(
        "T14",
        f"{ZEROS:.0%} of the weights of each layer zero",
        f"{count:,} weights take {dense / 1e3:.4g} kB, and {packed / 1e3:.4g} kB as a bit each and those that are left",
        made=lambda run, share=ZEROS: zeroed(
            run.trainer.network.copied(run.trainer.model.state_dict()), share
        ),
        known=BESIDE,
        accuracy="not known here; on our data 80 % zero lost 21 to 42 points as they are, half after training on none",
        left="it saves size, not joules: a processor multiplies by zeros as by any number (x0.96 to x1.07 on our data)",
    )


def zeroed(model: nn.Module, share: float) -> nn.Module:
    """This model with so much of each layer's weights zero, the smallest, in place."""
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < 1:
        raise ValueError(f"share is that of the weights that become zero, above 0 and below 1, got {share!r}")
    with torch.no_grad():
        for weight in _matrices(model):
            least = weight.abs().flatten().kthvalue(max(1, round(share * weight.numel()))).values
            weight[weight.abs() <= least] = 0.0
    return model.eval()


def _matrices(model: nn.Module) -> list[nn.Parameter]:
    return [p for p in model.parameters() if p.ndim > 1]


def warm(asked: Asked) -> Offer | str:
    """A run that begins with the weights of a session, all of them trained on, or frozen up to the latents."""
    trainer = asked.run.trainer
    own = None if asked.run.session is None else asked.run.session.folder
    found = _session(trainer, own)
    on_ours = "on our data a warm start was better in 0 of 10, and a frozen encoder lost 0.4 to 3.1 points"
    if found is None:
        why = "no session with such layers lies here: give one, .apply(session=folder)"
        return Offer("T16", "a warm start", why, setup=_warm_setup(None, asked.steps), known=BESIDE, left=why)
    return Offer(
        "T16",
        f"a warm start from {found}",
        "its layers have the shapes of these; .apply(frozen=True) keeps all up to the latents as they are",
        altered=Altered(model=lambda model: started(model, found)),
        setup=_warm_setup(found, asked.steps),
        known=BESIDE,
        accuracy=f"not known here; {on_ours}",
        left=on_ours,
    )


def _warm_setup(found: Path | None, steps: int) -> Callable[..., Setup]:
    def setup(run: Run, session: str | Path | None = None, frozen: bool = False) -> Setup:
        if not isinstance(frozen, bool):
            raise TypeError(
                f"frozen says whether all up to the latents stays as it is, True or False, got {frozen!r}"
            )
        if not isinstance(session, str | Path | None):
            raise TypeError(f"session is the folder of one, got {session!r}")
        folder = found if session is None else Path(session)
        if folder is None:
            raise ValueError("which session is it to begin from? give its folder: .apply(session=folder)")
        layer = run.trainer.network.layer if frozen else ""
        why = f"a warm start from {folder}" + f", frozen up to {layer}" * frozen
        change = Altered(model=lambda model: started(model, folder, frozen=layer))
        return change.setup(run.trainer, steps, why)

    return setup


def started(model: nn.Module, folder: str | Path, *, frozen: str = "") -> nn.Module:
    """This model with the weights of a session wherever names and shapes agree; what comes first up to the layer
    `frozen` is not trained."""
    kept = _fitting(model, Path(folder))
    if not kept:
        raise ValueError(f"{folder} holds no weights of such layers, so nothing could begin from it")
    model.load_state_dict(kept, strict=False)
    if frozen:
        names = [name for name, _ in model.named_parameters()]
        own = [k for k, name in enumerate(names) if name.startswith(f"{frozen}.")]
        for _, parameter in list(model.named_parameters())[: max(own, default=-1) + 1]:
            parameter.requires_grad_(False)
    return model


def _fitting(model: nn.Module, folder: Path) -> dict[str, torch.Tensor]:
    """Of a session's weights those that this model has, too: all but the last layer's must be there."""
    tensors, told = checkpoint.read(folder / CHECKPOINT)
    saved, here = checkpoint.join(tensors, told["model"]), model.state_dict()
    kept = {name: value for name, value in saved.items() if name in here and here[name].shape == value.shape}
    missing = {name.rpartition(".")[0] for name in here if name not in kept}
    return kept if len(missing) <= 1 else {}


def _session(trainer: Trainer, own: Path | None) -> Path | None:
    """The newest session of another run with such layers."""
    found = sorted(HOME.glob(f"*/{JOURNAL}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in found[:NEWEST]:
        folder = path.parent
        if own is not None and folder.resolve() == own.resolve():
            continue
        try:
            with path.open(encoding="utf-8") as lines:
                header = json.loads(next(lines, "{}"))
            if header.get("layer") == trainer.network.layer and _fitting(trainer.model, folder):
                return folder
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # of a stranger, or half written
            continue
    return None


def distilled(asked: Asked) -> Offer | str:
    """A net of a quarter of the width that learns from this one's answers; this one is paid for, too."""
    trainer = asked.run.trainer
    if not trainer.train.classes or trainer.train.several is not None or trainer.network.read is not None:
        return "a student learns numbers per class, and this model gives none"
    if trainer.settings.loss is not None or trainer.settings.call is not None:
        return "the model is called, or its loss taken, by a function of yours (call=, loss=)"
    if not plain(trainer.model) and taken() > 1:
        return "finding its layers would disturb another Lab that is open here: close that one, and ask again"
    why = "its teacher is trained, too, so only many answers pay for it: say how many, lab.advise(answers=10_000)"
    points = on_our_data("T17", "a quarter net, teacher charged, points over the same net alone")
    offer = Offer(
        "T17",
        f"a net of {STUDENT:.0%} of the width, taught by this one",
        why,
        altered=taught(trainer),
        known=BESIDE,
        accuracy=f"{points} over the same net alone",
        left=why,
    )
    return _with_answers(asked, offer) if asked.answers else offer


def _with_answers(asked: Asked, offer: Offer) -> Offer | str:
    """The same where answers are planned, which are measured; a student that they may pay for is priced."""
    trainer, change = asked.run.trainer, offer.altered
    assert change is not None
    try:
        small = narrow(model := trainer.network.copied(trainer.initial), STUDENT)
    except (TypeError, ValueError) as error:
        return f"its student cannot be made: {first_line(error)}"
    part = trainer.train if trainer.valid is None else trainer.valid
    x = part.view(torch.arange(min(trainer.batch_size, len(part)))).to(trainer.device)
    costs = turns(model.eval(), small.eval(), x)
    answer, less = low(costs[0]) / len(x), low(costs[1]) / low(costs[0])
    spared = asked.answers * answer * (1 - less) / max(asked.plan, 1e-12)
    said = f"an answer of it takes {less:.2f} of the net's; {asked.answers:,} of them save {spared:.2g} times the plan"
    if spared < PAYS:
        why = f"{said}, and teacher and student take more than that"
        return replace(offer, why=why, left=why)
    priced = Turns(asked.run, asked.steps).of([change], max(0.0, asked.left() / 2))[0]
    if priced.ratio is None:
        return f"a student of it does not work here: {priced.failed}"
    spent = asked.answers * answer
    value, least, most = (
        (asked.plan * (1 + each) + spent * less) / (asked.plan + spent)
        for each in (priced.ratio.value, priced.ratio.low, priced.ratio.high)
    )
    why = f"{said}; its training takes {priced.ratio} of it, beside the net's own"
    plans = (asked.plan + spent) / asked.plan
    return replace(offer, why=why, ratio=Ratio(value, least, most), plans=plans, known="priced", left="")


def taught(trainer: Trainer) -> Altered:
    """A narrow net with a loss of labels and of the answers of this run's net, which gives them anew in each step: what
    that takes is in the price."""
    teachers: list[nn.Module] = []  # one, once a student is made
    answers: dict[str, torch.Tensor] = {}

    def ask(module: nn.Module, given: tuple[Any, ...]) -> None:
        if module.training and torch.is_grad_enabled():
            with torch.no_grad():
                answers["last"] = teachers[0](*given)

    def student(model: nn.Module) -> nn.Module:
        if not teachers:
            teachers.append(trainer.network.copied(trainer.model.state_dict()).eval())
        made = narrow(model, STUDENT)
        made.register_forward_pre_hook(ask)
        return made

    def distillation(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        own = F.cross_entropy(output, y, reduction="none")
        told = answers.get("last")
        if told is None or len(told) != len(y):
            return own
        theirs = F.kl_div(
            (output / HEAT).log_softmax(1), (told / HEAT).log_softmax(1), log_target=True, reduction="none"
        )
        return 0.5 * own + 0.5 * HEAT**2 * theirs.sum(1)

    return Altered(options={"loss": distillation}, model=student)
