"""Changes: what could be changed in a plan, in words, applied as one step that one undo takes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...energy.joules import Ratio


@dataclass(frozen=True)
class Change:
    """Fields and what they would be. `apply()` makes it so, in one step.

    `what` is how many times the joules there would then be; `price` is what it costs in accuracy, in words.
    """

    words: str
    fields: Mapping[str, Any]
    what: Ratio | None = None
    price: str = ""
    cases: tuple[str, ...] = ()
    do: Callable[[Mapping[str, Any]], Any] | None = field(default=None, repr=False, compare=False)

    def apply(self) -> None:
        if self.do is None:
            raise RuntimeError(
                "this change belongs to no plan; take one from plan.conflicts() or alternatives()"
            )
        self.do(self.fields)

    def __str__(self) -> str:
        notes = [str(self.what) if self.what is not None else "", self.price, ", ".join(self.cases)]
        return "; ".join([self.words, *filter(None, notes)])
