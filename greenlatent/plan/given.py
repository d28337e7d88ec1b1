"""Given: what somebody gives a plan to be priced, checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .models.workload import Workload
from .wanted import Wanted

# What a Workload says itself: beside it they would count for nothing.
_COUNTED = ("rows", "features", "classes", "epochs", "batch", "size", "precision")


def asked(
    model: Any, train: Any, example: Any, fields: Mapping[str, Any], said: Callable[[], dict[str, Any]]
) -> tuple[Any, Wanted, Any]:
    """The model, what is wanted of it, and rows to count it on; `said` is what the plan's parts say."""
    fields = dict(fields)
    of_the_plan = model is None or (isinstance(model, str) and not fields and train is None)
    if isinstance(model, str):
        model = _in_words(model, fields)
    if of_the_plan:
        told = said()
        own, size = told.pop("model", "mlp"), told.pop("size", None)
        model = own if model is None else model
        if model == own and size is not None:  # a size says nothing of another family
            told["size"] = size
        fields = {**told, **fields}
    if isinstance(model, Workload):
        _refuse_beside(model, train, fields)
    if train is not None:
        samples("train", train)
        classes = max(len(train.classes or ()), 1)
        fields = {
            "rows": len(train),
            "features": tuple(train.shape),
            "classes": classes,
        } | fields
        if example is None and not isinstance(model, str | Workload):
            example = _first_rows(train)
    return model, Wanted.checked(fields), example


def samples(name: str, value: Any) -> None:
    """TypeError for what is no Samples."""
    from ..data.samples import Samples

    if not isinstance(value, Samples):
        raise TypeError(f"{name} is {type(value).__name__}; give Samples: gl.Samples(x, y)")


def module(name: str, value: Any, instead: str) -> None:
    """TypeError for what is no torch module."""
    from torch import jit, nn

    if not isinstance(value, nn.Module):
        raise TypeError(f"{name} is {type(value).__name__}; give a torch module, {instead}")
    if isinstance(value, jit.ScriptModule):
        raise TypeError(
            f"{name} is a scripted module, of which no layer can be watched; give the module that was scripted, or "
            "estimate it, which needs no layer"
        )


def _in_words(model: str, fields: dict[str, Any]) -> str:
    """The family; a size that follows it, as a candidate is named, becomes a field."""
    family, _, size = model.strip().partition(" ")
    if not size:
        return family
    if fields.get("size") is not None:
        raise ValueError(f"model={model!r} and size={fields['size']!r}; say the size once")
    fields["size"] = size.strip()
    return family


def _refuse_beside(work: Workload, train: Any, fields: Mapping[str, Any]) -> None:
    beside = [name for name in _COUNTED if fields.get(name) is not None]
    beside += ["train"] if train is not None else []
    if beside:
        raise ValueError(
            f"a Workload says itself what it does, so {'=, '.join(beside)}= would count for nothing; leave it out, "
            "and give steps= or work.times(...) for how often"
        )


def _first_rows(train: Any) -> Any:
    import numpy as np
    import torch

    return train.view(torch.as_tensor(np.arange(min(2, len(train)))))
