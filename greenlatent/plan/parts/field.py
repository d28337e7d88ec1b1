"""Field: what is known of one, who said so, and between what it may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..facts.knowledge import About
from ..wanted import ASSUMED


@dataclass(frozen=True)
class Field:
    """A value of a part. `source` is you, data, case or default; of what nobody said it is empty and the value None."""

    about: About
    value: Any
    source: str
    by: str = ""

    @property
    def known(self) -> bool:
        return self.value is not None

    @property
    def range(self) -> tuple[Any, Any]:
        """Between what it lies: the value itself, or what stands for the unknown."""
        if self.known:
            return self.value, self.value
        if self.about.name in ASSUMED:
            return ASSUMED[self.about.name][1:]
        return self.about.low, self.about.high

    @property
    def words(self) -> str:
        """As a person writes it."""
        return written(self.value)

    def __str__(self) -> str:
        said = f" ({self.source})" if self.source else ""
        return f"{self.about.name}: {self.words or 'not known'}{said}"


def written(value: Any) -> str:
    """A value as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " x ".join(map(str, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
