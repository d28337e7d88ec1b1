"""Grams of CO2 per kilowatt-hour by country, from a table in the package: nothing asks a network."""

import csv
import math
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..joules import Joules

TABLE = Path(__file__).with_name("carbon.csv")
_COLUMNS = ("iso3", "iso2", "country", "grams_per_kwh", "year", "source", "licence")
_ALSO = {
    "uk": "gbr",
    "great britain": "gbr",
    "united states of america": "usa",
    "czech republic": "cze",
    "ivory coast": "civ",
    "russian federation": "rus",
    "turkiye": "tur",
}


@dataclass(frozen=True)
class Grams:
    """CO2 equivalents, and the grid they come from; NaN where there was no reading."""

    value: float
    low: float
    high: float
    grid: "Grid"

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "no reading"
        return f"{self.value:.3g} g CO2e ({self.low:.3g}-{self.high:.3g}; {self.grid})"


@dataclass(frozen=True)
class Grid:
    """What a country's electricity emits, and who says so."""

    iso3: str
    iso2: str
    country: str
    grams_per_kwh: float
    year: int
    source: str
    licence: str

    def grams(self, joules: Joules) -> Grams:
        """Of a reading, by the year's mean of the whole country; the interval is that of the joules alone."""
        if not isinstance(joules, Joules):
            raise TypeError(f"joules={joules!r}; give a reading of a meter, or Joules(value, low, high)")
        per_joule = self.grams_per_kwh / 3.6e6
        return Grams(joules.value * per_joule, joules.low * per_joule, joules.high * per_joule, self)

    def __str__(self) -> str:
        return (
            f"{self.country}, {self.grams_per_kwh:.0f} g/kWh in {self.year} ({self.source}, {self.licence})"
        )


@cache
def grids(path: Path = TABLE) -> dict[str, Grid]:
    """The table, by ISO 3166 code of three letters. A row that lacks anything is an error, not a guess."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        if tuple(rows.fieldnames or ()) != _COLUMNS:
            raise ValueError(f"{path.name} has the columns {rows.fieldnames}; it needs {', '.join(_COLUMNS)}")
        found = {}
        for number, row in enumerate(rows, 2):
            lacking = [name for name in _COLUMNS if not (row.get(name) or "").strip()]
            if lacking:
                raise ValueError(
                    f"{path.name}, row {number} ({row.get('country')}) has no {', '.join(lacking)}"
                )
            try:
                grams, year = float(row["grams_per_kwh"]), int(row["year"])
            except ValueError:
                raise ValueError(
                    f"{path.name}, row {number} ({row['country']}): no number of grams or year"
                ) from None
            if not (0 <= grams < 2000 and 1990 <= year < 2100):
                raise ValueError(
                    f"{path.name}, row {number} ({row['country']}): {grams} g/kWh in {year} cannot be"
                )
            found[row["iso3"]] = Grid(
                row["iso3"], row["iso2"], row["country"], grams, year, row["source"], row["licence"]
            )
    return found


def grid(region: str) -> Grid:
    """By ISO 3166 code of two or three letters, or by English name.

    >>> grid("DE").country
    'Germany'
    """
    if not isinstance(region, str):
        raise TypeError(f"region={region!r}; give a country, like 'DE', 'DEU' or 'Germany'")
    wanted = _plain(region)
    wanted = _ALSO.get(wanted, wanted)
    for row in grids().values():
        if wanted in (row.iso3.lower(), row.iso2.lower(), _plain(row.country)):
            return row
    near = [row.country for row in grids().values() if wanted and wanted[:4] in _plain(row.country)][:5]
    hint = f"did you mean {' or '.join(near)}?" if near else "give an ISO 3166 code, like 'DE' or 'DEU'"
    raise ValueError(f"region={region!r} is not in the table; {hint}")


def _plain(name: str) -> str:
    """Without accents, capitals and blanks around it."""
    letters = unicodedata.normalize("NFD", name.strip().casefold().replace("\u2019", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
