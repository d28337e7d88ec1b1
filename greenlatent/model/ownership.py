"""Ownership: a model belongs to one trainer at a time, and its weights from before anybody trained it are kept."""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

Weights = dict[str, torch.Tensor]


@dataclass
class _Owned:
    initial: Weights
    owner: weakref.ref[Any]
    left: str = ""  # the hash of the weights as the owner left them; "" while it trains


_OWNED: weakref.WeakKeyDictionary[nn.Module, _Owned] = weakref.WeakKeyDictionary()


def take(model: nn.Module, owner: Any, *, warm: bool) -> Weights:
    """The model is `owner`'s from here on: who had it is closed, and unless `warm` its initial weights come back.

    Returns the weights to begin with.
    """
    owned = _OWNED.get(model)
    if owned is not None:
        previous = owned.owner()
        if previous is not None:
            previous.close()
        if not warm:
            if owned.left not in ("", weights_hash(model)):
                raise ValueError(
                    "the model's weights were changed since it was last trained here; pass warm=True to train on"
                    " from them, or make the model anew"
                )
            model.load_state_dict(owned.initial)
    initial = copied(model)
    _OWNED[model] = _Owned(initial, weakref.ref(owner))
    return initial


def complete(model: nn.Module, initial: Weights) -> None:
    """Buffers that its first pass made, or gave their shape, are as old as the others."""
    for name, value in model.state_dict().items():
        if name not in initial or initial[name].shape != value.shape:
            initial[name] = value.detach().cpu().clone()


def leave(model: nn.Module) -> None:
    """Its owner is done with it."""
    _OWNED[model].left = weights_hash(model)


def in_use(model: nn.Module) -> bool:
    """Whether a trainer has it."""
    owned = _OWNED.get(model)
    return owned is not None and not owned.left and owned.owner() is not None


def taken() -> int:
    """How many models trainers of this process have now."""
    return sum(not each.left and each.owner() is not None for each in list(_OWNED.values()))


def release(model: nn.Module) -> None:
    """It is altered by somebody: what it was before is no beginning any more. Raises while a trainer has it."""
    if in_use(model):
        raise RuntimeError("a trainer has this model: close() it first, and make a new one afterwards")
    _OWNED.pop(model, None)


def forget(model: nn.Module) -> None:
    """It was taken in vain."""
    del _OWNED[model]


def copied(model: nn.Module) -> Weights:
    """A model's weights and buffers, on the host."""
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def hashed(weights: Weights) -> str:
    """16 hexadecimal digits that tell these weights from any others."""
    digest = hashlib.sha256()
    # a model that torch.compile wrapped has the same weights
    for name, value in sorted((name.replace("_orig_mod.", ""), value) for name, value in weights.items()):
        digest.update(name.encode())
        if value.numel():
            value = value.resolve_conj().resolve_neg()  # what a view only says of its numbers is done to them
            digest.update(value.contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]


def weights_hash(model: nn.Module) -> str:
    """The same of a model as it stands."""
    return hashed({name: value.detach().cpu() for name, value in model.state_dict().items()})
