"""Decision: what a person chose, why, and what the front then was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .front import Front


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
