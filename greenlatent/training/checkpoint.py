"""Checkpoints: a trainer's whole state in one file of tensors and plain text, written all or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from ..files import whole_or_nothing

SLOTS = ("a.pt", "b.pt")  # written in turn: while one is being replaced, the other is whole


# parts of a trainer that hold tensors
_PARTS = ("model", "initial", "optimizer", "scheduler", "sampler", "random", "seen", "feedback")


@dataclass(frozen=True)
class Kept:
    """What a checkpoint holds: tensors by name, and plain data that refers to them."""

    tensors: dict[str, torch.Tensor]
    plain: dict[str, Any]

    def check(self, model: nn.Module, train: Samples, journal: Journal | None) -> None:
        """Refuse other data, another model, or a journal without the edits that were in force."""
        about = self.plain["header"]["samples"]
        if about != train.fingerprint:
            raise ValueError(
                f"the checkpoint is about data {about}, this is {train.fingerprint}: the data differ"
            )
        saved, here = join(self.tensors, self.plain["model"]), model.state_dict()
        for name in sorted({*saved, *here}):
            if name not in saved or name not in here or saved[name].shape != here[name].shape:
                a, b = (tuple(s[name].shape) if name in s else "nothing" for s in (saved, here))
                raise ValueError(f"the checkpoint is of another model: {name} is {a} there and {b} here")
        edits = self.plain["edits"]
        if set(edits) - {event.n for event in journal or ()}:
            raise ValueError(
                f"the checkpoint was made with {len(edits)} edits in force; pass the journal that holds them:"
                " journal=Journal.load(...)"
            )

    def parts(self, device: torch.device) -> dict[str, Any]:
        """Each part as it was saved."""
        # all that the feedback keeps in tensors is on the device, and what else does copies it there itself
        tensors = {n: t.to(device) if n.startswith("feedback.") else t for n, t in self.tensors.items()}
        parts = {name: join(tensors, self.plain[name]) for name in _PARTS if name != "feedback"}
        feedback = self.plain["feedback"]
        return {
            **parts,
            "feedback": join(tensors, feedback) if self.whole else _stretchless(feedback, device),
        }

    @property
    def whole(self) -> bool:
        """Whether it keeps a stretch of pulls; version 0.1 did not, and a refresh of the pulls follows."""
        return "version" in self.plain

    @property
    def lines(self) -> int | None:
        """How many lines the journal had; None where it was not kept."""
        return self.plain.get("lines")


@contextmanager
def damage_told(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Say of whatever a stranger's or a broken checkpoint trips over that it is the checkpoint's fault."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(
            f"the checkpoint in {folder} is damaged, or of another version: {type(error).__name__}: {error}"
        ) from error


def _stretchless(state: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """The feedback's state as version 0.1 kept it: birth, goal and satisfaction of every relation."""
    lives = {
        int(n): {**live, "looks": {int(i): looks for i, looks in live["looks"].items()}}
        for n, live in state["live"].items()
    }
    peak = None if state["peak"] is None else torch.tensor(state["peak"], device=device)
    return {"live": lives, "stretch": {"_peak": peak}, "pulls": None}


def save(folder: str | os.PathLike[str], parts: dict[str, Any], plain: dict[str, Any]) -> None:
    """Write a trainer's parts and the plain data beside them."""
    write(folder, *apart(parts, plain))


def apart(parts: dict[str, Any], plain: dict[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """A trainer's parts, and the plain data beside them, as what a checkpoint holds."""
    tensors, told = {}, dict(plain)
    for name, part in parts.items():
        more, told[name] = split(part, name)
        tensors.update(more)
    return tensors, told


def load(folder: str | os.PathLike[str]) -> Kept:
    """The newest whole checkpoint of a folder."""
    return Kept(*read(folder))


def write(folder: str | os.PathLike[str], tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> Path:
    """Write the next of two slots; `plain` is anything that JSON can hold."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    counts = [_count(folder / name) for name in SLOTS]
    slot = folder / SLOTS[counts.index(min(counts))]
    with whole_or_nothing(slot) as part, part.open("wb") as file:
        text = json.dumps(plain, allow_nan=False)
        torch.save({"count": math.ceil(max(counts)) + 1, "tensors": tensors, "plain": text}, file)
        file.flush()
        os.fsync(file.fileno())
    return slot


def read(folder: str | os.PathLike[str]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The newest whole checkpoint of a folder; never unpickles anything but tensors."""
    folder = Path(folder)
    slots = sorted((folder / name for name in SLOTS if (folder / name).exists()), key=_count, reverse=True)
    if not slots:
        raise FileNotFoundError(f"there is no checkpoint in {folder}")
    problems = []
    for slot in slots:
        try:
            data = torch.load(slot, map_location="cpu", weights_only=True)
            return data["tensors"], json.loads(data["plain"])
        except Exception as error:
            problems.append(f"{slot.name}: {error}")
    raise ValueError(f"no checkpoint in {folder} can be read: {'; '.join(problems)}")


def split(state: Any, name: str) -> tuple[dict[str, torch.Tensor], Any]:
    """Take a nested state apart into tensors by name and plain data that refers to them.

    Raises for anything that is neither tensor nor plain data, and names where it is.
    """
    tensors: dict[str, torch.Tensor] = {}

    def walk(value: Any, at: str) -> Any:
        if isinstance(value, torch.Tensor):
            tensors[at] = value.detach().cpu()
            return {"tensor": at}
        if isinstance(value, dict):
            return {"items": [[walk(k, f"{at}.key"), walk(v, f"{at}.{k}")] for k, v in value.items()]}
        if isinstance(value, list | tuple):
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [walk(v, f"{at}.{i}") for i, v in enumerate(value)]}
        if value is None or isinstance(value, bool | int | float | str):
            return {"float": repr(value)} if isinstance(value, float) else value
        raise TypeError(
            f"{at} holds {type(value).__name__}, which is neither a tensor nor plain data, so it cannot be saved;"
            " use an optimizer and a scheduler whose state_dict holds tensors, numbers and text"
        )

    return tensors, walk(state, name)


def join(tensors: dict[str, torch.Tensor], plain: Any) -> Any:
    """Put together what `split` took apart."""
    if isinstance(plain, dict):
        if "tensor" in plain:
            return tensors[plain["tensor"]]
        if "items" in plain:
            return {join(tensors, k): join(tensors, v) for k, v in plain["items"]}
        if "float" in plain:
            return float(plain["float"])
        if "list" in plain:
            return [join(tensors, v) for v in plain["list"]]
        return tuple(join(tensors, v) for v in plain["tuple"])
    return plain


def _count(slot: Path) -> float:
    """Which checkpoint of its folder a slot holds, told inside: times of files change with a copy or a clock. -1 for
    none that can be read; version 0.1 told none, and its two are ordered by their times."""
    try:
        data = torch.load(slot, map_location="cpu", weights_only=True, mmap=True)
        return int(data["count"]) if "count" in data else slot.stat().st_mtime_ns / 2**63
    except Exception:  # whatever is wrong with it, reading it says
        return -1
