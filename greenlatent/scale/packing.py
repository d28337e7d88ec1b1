"""Packing: all that a trainer was made of, for one that does the same elsewhere."""

from __future__ import annotations

from typing import Any

from ..children import packed
from ..training.trainer import Trainer


def packed_options(trainer: Trainer) -> bytes:
    """The keywords of a trainer like this one at its beginning, model and data with them."""
    settings, given = trainer.settings, trainer.settings.keywords()
    options = given | {
        "model": trainer.model,
        "train": trainer.train,
        "valid": trainer.valid,
        "feedback": trainer.feedback.fresh(),
        "statistics": trainer.statistics,
        "warm": not settings.renewable,
    }
    try:
        if settings.renewable:  # an optimizer that was given holds the parameters of this very model
            return packed(options | {"model": trainer.network.copied(trainer.initial)})
        return packed(options)
    except Exception as error:
        raise TypeError(
            f"{culprit(options)} cannot be sent to another process: {type(error).__name__}: {error}; make it of parts"
            " that can be pickled, or start the ranks yourself, by an address and --make"
        ) from error


def culprit(value: Any, name: str = "what the trainer was made of", deep: int = 6) -> str:
    """The innermost attribute that cannot be packed, by its name."""
    inside = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for key, part in inside.items():
        try:
            packed(part)
        except Exception:
            within = str(key) if isinstance(value, dict) else f"{name}.{key}"
            return culprit(part, within, deep - 1) if deep else within
    return name
