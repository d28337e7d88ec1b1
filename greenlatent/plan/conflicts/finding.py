"""Finding: what a rule has to say of a situation, with changes that might mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..parts.situation import Situation

SECONDS_A_YEAR = 365 * 86400.0
Proposal = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Remark:
    """Words, the joules that would be for nothing, and changes by field. `asks` is for what a rehearsal would tell."""

    words: str
    stake: float
    proposals: tuple[Proposal, ...] = ()
    asks: bool = False


Rule = Callable[[Situation], Remark | None]


def keep(rule: str, about: Any, words: str = "Keep it") -> Proposal:
    """To have seen it and leave it so; it holds for as long as what it is about stays."""
    return words, {f"keep {rule}": about}


def half(s: Situation, name: str, least: int = 1) -> int:
    """Of a field that is known."""
    return max(least, round(s[name] / 2))


def smaller(s: Situation) -> list[Proposal]:
    """The same family in its smaller sizes, then what the file of knowledge calls smaller than it."""
    family = s.knowledge.families[s.model]
    own = s.estimate
    sizes = [size for size in family.sizes if size and size != s["size"]]
    found: list[tuple[str, dict[str, Any]]] = [
        (f"Use {s.model} {size}", {"model": s.model, "size": size}) for size in sizes
    ]
    for name, other in s.knowledge.families.items():
        if s.model in other.smaller_than and (s["kind"] is None or s["kind"] in other.eats):
            size = other.sizes[0] or None
            found.append((f"Use {' '.join(filter(None, (name, size)))}", {"model": name, "size": size}))
    if own is None:
        return list(found)
    priced = []
    for words, change in found:
        then = s.having(change).estimate
        if then is not None and then.joules.value < own.joules.value:
            priced.append((then.joules.value, words, change))
    return [(words, change) for _, words, change in sorted(priced, key=lambda each: -each[0])]


def many(count: int, one: str, more: str = "") -> str:
    """
    >>> many(1, "class", "classes"), many(5000, "row")
    ('1 class', '5,000 rows')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def are(rows: int, these: str, this: str) -> str:
    """
    >>> are(1, "copies", "a copy"), are(20, "copies", "a copy")
    ('1 row is a copy', '20 rows are copies')
    """
    return f"{many(rows, 'row')} {f'is {this}' if rows == 1 else f'are {these}'}"


def by_number(value: float) -> str:
    """As people write it: three digits, thousands apart."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"
