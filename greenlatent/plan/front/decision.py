"""Decision: what a person chose, why, and what the front then was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .front import Front


def refuse_below(front: Front, name: str) -> None:
    """Where somebody may come to harm, less than the target is not offered, and so not decided for."""
    each, target = front[name], front.target
    if front.floor is not None and target is not None and each.y is not None and each.y.value < target:
        right = f"{each.y.value:.3f} ({each.y.low:.3f}-{each.y.high:.3f})"
        raise ValueError(
            f"{name}: {front.y} {right} is below the target of {target:g}, and somebody may come to harm, so it is not "
            "offered; take a candidate that reaches it, or say another target"
        )


@dataclass(frozen=True)
class Decision:
    """A choice with its reason, the candidates that there were, and the version of the plan that it was made on."""

    name: str
    because: str
    by: str
    version: int
    front: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, name: str, because: str, front: Front, version: int, by: str) -> Decision:
        front[name]  # what is no candidate raises and lists what there is
        rows = tuple(
            {
                "name": each.name,
                "joules": [each.x.value, each.x.low, each.x.high],
                "accuracy": None if each.y is None else [each.y.value, each.y.low, each.y.high],
                "breaks": list(each.breaks),
            }
            for each in front.candidates
        )
        return cls(name, because, by, version, rows)

    @property
    def line(self) -> dict[str, Any]:
        return {**self.__dict__, "front": list(self.front)}

    @classmethod
    def read(cls, line: Any) -> Decision | None:
        """From a line of the book; None if it is none."""
        try:
            told = {name: line[name] for name in ("name", "because", "by", "version")}
            return cls(**told, front=tuple(line["front"]))
        except (TypeError, KeyError):
            return None

    def __str__(self) -> str:
        return f"{self.name}, because {self.because} ({self.by}, version {self.version})"
