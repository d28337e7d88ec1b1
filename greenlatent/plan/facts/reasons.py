"""Reasons: a term of an estimate as a formula with the numbers that went in, and who says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One term: what it is, how it was worked out with these very numbers, and who says so."""

    what: str
    formula: str
    source: str

    def __str__(self) -> str:
        return f"{self.what}: {self.formula}  [{self.source}]"
