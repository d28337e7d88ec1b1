"""Reasons: a term of an estimate as a formula with the numbers that went in, and who says so."""

from dataclasses import dataclass

from ...energy.names import plain, plural


@dataclass(frozen=True)
class Reason:
    """One term: what it is, how it was worked out with these very numbers, and who says so."""

    what: str
    formula: str
    source: str

    def __str__(self) -> str:
        return f"{self.what}: {self.formula}  [{self.source}]"


def many(count: float, one: str) -> str:
    """A number of things in words: 1 step, 20 steps, 0.5 steps.

    >>> many(1, "operation")
    '1 operation'
    """
    return f"{plain(count)} {plural(count, one)}"
