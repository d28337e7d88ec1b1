"""Validate: whether an edit fits the data and the layer, asked before it is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..data.samples import Samples
from .found import class_index, named
from .kinds import (
    Affirm,
    Choice,
    Drop,
    Edit,
    Found,
    Link,
    Move,
    Near,
    Plane,
    Pulled,
    RankFeatures,
    Rate,
    Relabel,
    Separate,
    Shift,
    Spread,
    Weigh,
    touched,
)


def check_has(setting: str, samples: Samples | None) -> None:
    """Raise where data have not what a setting goes by."""
    if setting == "skim" and samples is not None and (samples.unlabelled or samples.several is not None):
        raise ValueError("skim goes by the loss of one label a sample; this data has none, or several")


def check(edit: Edit, samples: Samples, dims: int | None = None, found: Sequence[str] = ()) -> None:
    """Raise unless the edit fits the data: ids in range, classes known, label of the right type.

    `dims` are the dimensions of the layer; without them none are asked for. `found` are classes that people found.
    """
    ids = list(touched(edit))
    if isinstance(edit, Move) and isinstance(edit.to, Near):
        ids += edit.to.ids
    outside = [i for i in ids if i >= len(samples)]
    if outside:
        raise ValueError(
            f"{type(edit).__name__} names sample {outside[0]}, but there are {len(samples)}: ids are positions in"
            " the training part (validation data cannot be edited)"
        )
    for name in sorted(named(edit)):
        if not (samples.regression and isinstance(edit, Relabel)):
            class_index(name, samples, found)
    VALIDATES[type(edit)](edit, samples, dims)


def _relabel(edit: Relabel, samples: Samples, dims: int | None) -> None:
    if samples.regression:
        if isinstance(edit.label, str):
            raise ValueError(f"labels are numbers here (regression), got {edit.label!r}; pass a float")
    elif isinstance(edit.label, float):
        raise ValueError(f"labels are classes here, got {edit.label!r}; pass a class name or index")
    elif not isinstance(edit.label, str):
        samples.class_index(edit.label)


def _move(edit: Move, samples: Samples, dims: int | None) -> None:
    if isinstance(edit.to, Plane) and dims is not None and len(edit.to.mean) != dims:
        raise ValueError(f"Plane.mean has {len(edit.to.mean)} entries; this layer has {dims} dimensions")


def _shift(edit: Shift, samples: Samples, dims: int | None) -> None:
    if dims is not None:
        one = isinstance(edit.axis, int)
        given = edit.axis + 1 if isinstance(edit.axis, int) else len(edit.axis)
        if given > dims or (given != dims and not one):
            raise ValueError(f"Shift.axis needs {given} latent dimensions; this layer has {dims}")


def _rank(edit: RankFeatures, samples: Samples, dims: int | None) -> None:
    count = samples.shape[0] if len(samples.shape) else 1
    if sorted(edit.order) != list(range(count)):
        raise ValueError(
            f"RankFeatures.order names {len(edit.order)} of {count} input features; rank each one once"
        )


def _names_alone(edit: Separate, samples: Samples, dims: int | None) -> None:
    """Its samples and classes are all that it names."""


def _found(edit: Found, samples: Samples, dims: int | None) -> None:
    samples.check_classes("a new class stands beside")
    if samples.several is not None:
        raise ValueError(
            "samples have several labels each here, and a found class would be one more: pass it in y="
        )
    if edit.name in samples.classes:
        raise ValueError(
            f"{edit.name!r} is a class already: Relabel(ids, {edit.name!r}) says that these are of it"
        )


def _ids_alone(edit: Edit, samples: Samples, dims: int | None) -> None:
    """Its samples are all that it names."""


VALIDATES: dict[type, Callable[[Any, Samples, int | None], None]] = {
    Relabel: _relabel,
    Move: _move,
    Pulled: _move,
    Choice: _ids_alone,
    Separate: _names_alone,
    Shift: _shift,
    Link: _ids_alone,
    Weigh: _ids_alone,
    Rate: _ids_alone,
    Drop: _ids_alone,
    Affirm: _ids_alone,
    Found: _found,
    Spread: _ids_alone,
    RankFeatures: _rank,
}
