"""Replayed: the film of a run that only its journal tells of, with exact frames."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from ..edits.words import rows
from ..picture.columns import columns_of
from ..picture.picture import Frame, Picture
from ..training.replay import replay
from ..training.trainer import Trainer
from ..widgets import protocol
from .tape import Message


def film_of(
    journal: Journal,
    model: nn.Module,
    train: Samples,
    *,
    looks: int = 200,
    patience: float = math.inf,
    **options: Any,
) -> list[Message]:
    """The messages of a film: the run is replayed, looked at after so many steps and beside every edit.

    After `patience` seconds it is given up.
    """
    if isinstance(looks, bool) or looks < 2:
        raise ValueError(f"looks is a number of frames from 2 up, got {looks!r}")
    steps = options.get("steps") or journal.steps or 0
    due = {int(step) for step in np.linspace(0, steps, looks)}
    marks = {event.step for event in journal}
    due |= marks | {step + 1 for step in marks}
    messages = [Message({"type": "run", "t": 0.0, "classes": list(train.classes), "title": ""})]
    picture: Picture | None = None
    told: dict[int, dict[str, Any]] = {}
    last = -1
    end = time.monotonic() + patience

    def look(trainer: Trainer) -> bool:
        nonlocal picture, told, last
        if time.monotonic() >= end:
            return False
        if picture is None:
            picture = Picture(trainer)
            ids = np.asarray(picture.shown, "<u4")
            messages.append(Message({"type": "ids", "t": 0.0, "set": 1, "n": len(ids)}, (ids.tobytes(),)))
        t = float(trainer.steps)
        listed = {row["n"]: row for row in rows(trainer.journal, trainer.classes)}
        if len(trainer.classes) > len(train.classes):
            messages[0].header["classes"] = list(trainer.classes)
        if changed := [row for n, row in listed.items() if told.get(n) != row]:
            messages.append(Message({"type": "edits", "t": t, "rows": changed}))
        told = listed
        if trainer.steps not in due or trainer.steps == last:
            return True
        last = trainer.steps
        messages.extend(_shown(trainer, picture.frame(exact=True), t))
        found = trainer.evaluate().get("accuracy") if trainer.train.classes else None
        if found is not None and found == found:
            reading = {"step": trainer.steps, "passes": trainer.passes, "accuracy": found}
            messages.append(Message({"type": "evaluation", "t": t, **reading}))
            messages.append(Message({"type": "reading", "t": t, **reading, "joules": None}))
        return True

    trainer = replay(journal, model, train, watch=look, **options)
    trainer.close()
    if time.monotonic() >= end:
        raise TimeoutError(f"the film was given up after {patience:g} s")
    return messages


def _shown(trainer: Trainer, frame: Frame, t: float) -> list[Message]:
    """A frame and what is known of the samples in it."""
    codes, lo, hi = protocol.quantise(np.asarray(frame.points, np.float32))
    header = {"type": "frame", "t": t, "set": 1, "space": "plane", "step": frame.step, "exact": True}
    header |= {"n": len(codes), "dims": 2, "lo": lo, "hi": hi, "trust": protocol.plain(frame.trust)}
    heads, buffers = zip(
        *(
            protocol.column(name, kind, values, len(codes), trainer.classes)
            for name, (kind, values) in columns_of(trainer, frame).items()
        ),
        strict=True,
    )
    labels = {"type": "labels", "t": t, "set": 1, "columns": list(heads)}
    return [Message(header, (codes.tobytes("C"),)), Message(labels, buffers)]
