"""Model: the same net with fewer units in each layer, begun anew or cut from what was learned; cheaper convolutions."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack

import torch
from torch import nn

from ...model.narrow import layers, narrow, plain
from ...model.ownership import taken
from ...model.separable import parted, separable
from ...training.trainer import Trainer
from ..altered import Altered
from ..offer import Asked, Offer
from ..price import first_line
from .training import on_our_data

SHARE = 0.5  # of the units
WIDE = 17  # channels of a convolution from which on parting it may be cheaper
LEARNED, LATE = 0.25, 0.75  # of the plan: before, no unit stands out; after, little is left to save
DEAR, PASSES = 0.1, 4  # of the layers' seconds from which on one is cut; passes by which they are told


def narrower(asked: Asked) -> Offer | str:
    """Half of the width, begun anew; what stops it is named."""
    trainer = asked.run.trainer
    if not plain(trainer.model) and taken() > 1:
        return "finding its layers would disturb another Lab that is open here: close that one, and ask again"
    model = trainer.network.copied(trainer.initial)
    try:
        narrow(model, SHARE)
    except (TypeError, ValueError) as error:
        return f"it cannot be narrowed: {first_line(error)}"
    return Offer(
        "T8",
        f"a net of {SHARE:.0%} of the width",
        "fewer units compute less; whether that is most of a step its price tells",
        altered=Altered(model=lambda model: narrow(model, SHARE)),
        accuracy="not known here; on our data -4.3 to -0.7 points",
    )


def parts(asked: Asked) -> Offer | str:
    """Each wide convolution as one filter a channel and a mixture of channels, begun anew."""
    names = parted(asked.run.trainer.model, WIDE)
    if not names:
        return f"it makes convolutions cheaper that mix {WIDE} channels or more, and the net has none"
    return Offer(
        "T13",
        f"separable convolutions in {len(names)} {'layer' if len(names) == 1 else 'layers'}",
        "filtering each channel alone and mixing them after takes fewer operations, by a call more; its price tells"
        " which counts",
        altered=Altered(model=lambda model: separable(model, least=WIDE)),
        accuracy=on_our_data("T13", "separable convolutions"),
    )


def pruned(asked: Asked) -> Offer | str:
    """Half of the units of the dearest layers cut from what was learned so far, those that carry least; the rest
    trains on."""
    trainer = asked.run.trainer
    done = trainer.steps / asked.steps
    if done < LEARNED:
        return f"which units carry little is known once {LEARNED:.0%} of the plan are trained: ask again then"
    if done > LATE:
        return f"less than {1 - LATE:.0%} of the plan are left"
    if not plain(trainer.model) and taken() > 1:
        return "finding its layers would disturb another Lab that is open here: close that one, and ask again"
    now = {name: value.detach().clone() for name, value in trainer.model.state_dict().items()}
    model = trainer.network.copied(now)
    try:
        dear = _dearest(trainer, model, layers(model))
        narrow(model, SHARE, trained=True, layers=dear)
    except (TypeError, ValueError) as error:
        return f"it cannot be cut: {first_line(error)}"

    def cut(copy: nn.Module) -> nn.Module:
        copy.load_state_dict(now)
        return narrow(copy, SHARE, trained=True, layers=dear)

    left = asked.steps - trainer.steps
    return Offer(
        "T15",
        f"half of the units of {', '.join(dear)} cut, dearest layers first",
        f"units with the least weight in times weight out carry little; the {left:,} steps left train the others on",
        altered=Altered(model=cut),
        goes_on=True,
        accuracy=on_our_data("T15", "half of the units cut at half time"),
    )


def _dearest(trainer: Trainer, model: nn.Module, names: list[str]) -> list[str]:
    """Those layers that take a tenth of the layers' seconds each, the dearest first; of a copy, on one batch."""
    call = trainer.settings.call or (lambda model, x: model(x))
    found, begun = dict.fromkeys(names, math.inf), dict.fromkeys(names, 0.0)
    x = trainer.train.view(torch.arange(min(trainer.batch_size, len(trainer.train)))).to(trainer.device)
    with ExitStack() as hooks, torch.no_grad():
        for name in names:

            def before(module: nn.Module, x: object, name: str = name) -> None:
                begun[name] = time.thread_time()

            def after(module: nn.Module, x: object, y: object, name: str = name) -> None:
                found[name] = min(found[name], time.thread_time() - begun[name])

            layer = model.get_submodule(name)
            hooks.callback(layer.register_forward_pre_hook(before).remove)
            hooks.callback(layer.register_forward_hook(after).remove)
        model.eval()
        for _ in range(PASSES):
            call(model, x)
        model.train()
    order = sorted(names, key=lambda name: -found[name])
    return [name for name in order if found[name] >= DEAR * sum(found.values())] or order[:1]
