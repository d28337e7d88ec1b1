"""Tables: devices, regions, cooling, hardware and storage: facts that ship with the package, checked as they load."""

from __future__ import annotations

import csv
import difflib
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...energy.emissions.carbon import Grid, grid

FOLDER = Path(__file__).with_name("data")
SOURCES = ("coal", "gas", "oil", "nuclear", "hydro", "wind", "solar", "bioenergy", "other_renewable")
OLD = 3  # years after which a fact is named as old
EDITION = 2026  # of these tables
_NAMES = {"devices": "name", "regions": "iso3", "pue": "who", "embodied": "what", "storage": "what"}
_VALUES = {"pue": "value", "embodied": "kg", "storage": "value"}


@dataclass(frozen=True)
class Fact:
    """One row: its numbers, and who says so."""

    table: str
    name: str
    numbers: dict[str, float]
    words: dict[str, str]
    year: int

    @property
    def value(self) -> float:
        return self.numbers[_VALUES[self.table]]

    @property
    def band(self) -> tuple[float, float, float]:
        """The value, and how low and high it may be."""
        return self.value, self.numbers["low"], self.numbers["high"]

    @property
    def cited(self) -> str:
        """Source, year and licence."""
        return f"{self.table}.csv, {self.name}: {self.words['source']}, {self.year}, {self.words['licence']}"

    @property
    def old(self) -> bool:
        return self.year < EDITION - OLD


@cache
def table(name: str, folder: Path = FOLDER) -> dict[str, Fact]:
    """A table by the name of its rows. A row without source, year, licence or how it was checked is an error."""
    path = folder / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        lines = file.readlines()
    if not lines[0].startswith("#"):
        raise ValueError(f"{path.name} does not begin with a comment on where it is from")
    numbered = [(place, line) for place, line in enumerate(lines, 1) if not line.startswith("#")]
    reader = csv.DictReader(line for _, line in numbered)
    found: dict[str, Fact] = {}
    for row in reader:
        where = f"{path.name}, line {numbered[reader.line_num - 1][0]}, {row.get(_NAMES[name])}"
        try:
            fact = _fact(name, row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{where}: {error}") from error
        if fact.name in found:
            raise ValueError(f"{where}: there twice")
        found[fact.name] = fact
    return found


def _fact(name: str, row: dict[str, str]) -> Fact:
    """Of a row; an error says what is wrong with it."""
    lacking = [each for each in ("source", "year", "licence", "checked") if not (row.get(each) or "").strip()]
    if lacking:
        raise ValueError(f"{', '.join(lacking)} missing")
    numbers, words = {}, {}
    for column, text in row.items():
        if column is None or text is None:
            raise ValueError("it has more or fewer columns than the first line names")
        try:
            numbers[column] = float(text)
        except ValueError:
            words[column] = text
    if "year" not in numbers or not numbers["year"].is_integer():
        raise ValueError(f"year={row['year']!r} is no year")
    fact = Fact(name, row[_NAMES[name]], numbers, words, int(numbers["year"]))
    if name in _VALUES:
        if unread := [each for each in (_VALUES[name], "low", "high") if each not in numbers]:
            raise ValueError(f"{', '.join(f'{each}={row.get(each)!r}' for each in unread)} is no number")
        if not numbers["low"] <= fact.value <= numbers["high"]:
            raise ValueError(f"{fact.value} lies not between its low and its high")
    if name == "regions" and abs(sum(numbers[each] for each in SOURCES) - 100) > 0.05:
        raise ValueError("the parts of its mix are not 100 per cent")
    return fact


def look_up(name: str, wanted: str, what: str) -> Fact:
    """A row by its name, or by a part of it that no other has.

    >>> look_up("devices", "H200", "device").name
    'NVIDIA H200 SXM'
    """
    rows = table(name)
    if not isinstance(wanted, str) or not wanted.strip():
        raise ValueError(
            f"{what}={wanted!r}; give one of {', '.join(list(rows)[:6])} ... ({len(rows)} in all)"
        )
    if wanted in rows:
        return rows[wanted]
    near = [key for key in rows if wanted.casefold() in key.casefold()]
    if len(near) == 1:
        return rows[near[0]]
    near = near or difflib.get_close_matches(wanted, rows, 4, 0.4) or list(rows)[:6]
    raise ValueError(f"{what}={wanted!r} is not in the table; did you mean {', '.join(near)}?")


@dataclass(frozen=True)
class Region:
    """A country's grid, where its electricity comes from, and how far a year may be off."""

    grid: Grid
    mix: Fact | None

    @property
    def factor(self) -> float:
        """Two vintages of one table differ so: by 1.2, and by 1.4 for grids under 1 TWh a year."""
        small = self.mix is None or self.mix.numbers["total_twh"] < 1
        return 1.4 if small else 1.2

    @property
    def per_joule(self) -> float:
        """Grams."""
        return self.grid.grams_per_kwh / 3.6e6

    def __str__(self) -> str:
        if self.mix is None:
            return f"{self.grid}; its mix is not in the table"
        parts = sorted(((self.mix.numbers[name], name) for name in SOURCES), reverse=True)[:3]
        shares = ", ".join(f"{share:.0f} % {name.replace('_', ' ')}" for share, name in parts if share >= 1)
        return f"{self.grid}; {shares} in {self.mix.year}"


@cache
def region(name: str) -> Region:
    """By ISO 3166 code or English name."""
    found = grid(name)
    return Region(found, table("regions").get(found.iso3))


@dataclass(frozen=True)
class RegionRatio:
    """Two regions: how many times the grams of one joule."""

    a: Region
    b: Region

    @property
    def value(self) -> float:
        return self.a.grid.grams_per_kwh / self.b.grid.grams_per_kwh

    @property
    def low(self) -> float:
        return self.value / self._factor

    @property
    def high(self) -> float:
        return self.value * self._factor

    @property
    def _factor(self) -> float:
        if self.a == self.b:  # one error, and it cancels
            return 1.0
        return math.exp(math.hypot(math.log(self.a.factor), math.log(self.b.factor)))

    def __str__(self) -> str:
        return f"x{self.value:.2f} ({self.low:.1f}-{self.high:.1f}): {self.a.grid}, against {self.b.grid}"


def compare(a: str, b: str) -> RegionRatio:
    """The grams of a joule in one region over those in another.

    >>> round(compare("DE", "FR").value, 2)
    7.79
    """
    return RegionRatio(region(a), region(b))
