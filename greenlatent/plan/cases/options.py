"""Options: what can be done instead, with what it was seen with; losses and what saves nothing are kept."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).parents[1] / "facts" / "data" / "options.csv"


@dataclass(frozen=True)
class Option:
    """One card: how many times the joules others saw, with what loss, and who says so."""

    group: str
    name: str
    instead_of: str
    low: float
    high: float
    seen_with: str
    source: str

    @property
    def can_cost_more(self) -> bool:
        return self.high > 1

    def __str__(self) -> str:
        factor = f"x{self.low:g}" if self.low == self.high else f"x{self.low:g} to x{self.high:g}"
        more = ", so it can cost more" if self.can_cost_more else ""
        instead = f" instead of {self.instead_of}" if self.instead_of else ""
        seen = f"; {self.seen_with}" if self.seen_with else ""
        return f"{self.name}{instead}: {factor} of the joules{more}{seen} [{self.source}]"


@cache
def options(path: Path = PATH) -> tuple[Option, ...]:
    """All of them. A row without source, year, licence or how it was checked is an error."""
    found = []
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            lacking = [name for name in ("source", "year", "licence", "checked") if not row[name].strip()]
            low, high = float(row["factor_low"]), float(row["factor_high"])
            if lacking or not 0 < low <= high:
                raise ValueError(
                    f"{path.name}, {row['option']}: {', '.join(lacking) or 'its factor'} is wrong"
                )
            source = f"{row['source']}, {row['year']}, {row['licence']}; {row['checked']}"
            found.append(
                Option(row["group"], row["option"], row["instead_of"], low, high, row["seen_with"], source)
            )
    return tuple(found)


def of(group: str | None) -> list[Option]:
    """Those of a group; without one all of them."""
    groups = list(dict.fromkeys(each.group for each in options()))
    if group is not None and group not in groups:
        raise ValueError(f"facts({group!r}); there are {', '.join(groups)}")
    return [each for each in options() if group in (None, each.group)]
