"""Wanted: what somebody asks the price of, field by field, and what stands for a field that nobody named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any

from ..energy.arguments import number, whole
from .facts.knowledge import OFTEN

HERE = "here"
DAYS = {"day": 365.0, "week": 52.0, "month": 12.0, "year": 1.0}  # how many a year has
# What stands for a field that nobody named, and between what it may be: each widens the interval by that range.
ASSUMED: dict[str, tuple[float, float, float]] = {
    "rows": (5_000, 1_000, 25_000),
    "features": (64, 16, 256),
    "classes": (5, 2, 20),
    "epochs": (20, 8, 50),
}
_COUNTS = ("rows", "classes", "epochs", "steps")
_TEXTS = ("precision", "device", "storage", "network", "region", "hardware")
_WHOLE = ("batch", "threads", "replicas")
_AMOUNTS = ("answers", "retrain", "trials", "gigabytes", "moved", "collect")


@dataclass(frozen=True)
class Wanted:
    """All that an estimate depends on beside the model. None is a field that nobody named.

    `answers` come `per` day, week, month or year, for `years`; `retrain` is how often a year it is trained again;
    `trials` are trainings before the one that counts; `collect` joules that the data took; `moved` gigabytes a year.
    """

    rows: float | None = None
    features: int | tuple[int, ...] | None = None
    classes: int | None = None
    epochs: float | None = None
    steps: float | None = None
    batch: int = 64
    size: str | None = None
    precision: str = "fp32"
    device: str = HERE
    threads: int = 1
    answers: float = 0.0
    per: str = "year"
    years: float = 1.0
    retrain: float = 0.0
    trials: float = 0.0
    gigabytes: float = 0.0
    replicas: int = 1
    storage: str = "SSD"
    moved: float = 0.0
    network: str = "network, between data centres"
    collect: float = 0.0
    region: str | None = None
    pue: float | str | None = None
    hardware: str | None = None
    years_used: float = 4.0
    share_in_use: float = 0.3
    water: Any = None
    abiotic: Any = None

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> Wanted:
        """From keywords; one that is not known, or out of range, is refused with what there is."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise TypeError(
                f"an estimate has no {', '.join(unknown)}; its fields: {', '.join(sorted(known))}"
            )
        wanted = cls(**{name: _plain(name, value) for name, value in given.items()})
        for name in _COUNTS:
            if getattr(wanted, name) is not None:
                number(name, getattr(wanted, name), f"how many {name}, more than 0", above=0)
        for name in _AMOUNTS:
            number(name, getattr(wanted, name), f"{name}, at least 0", least=0)
        number("years", wanted.years, "how many years it is used, more than 0", above=0)
        number("years_used", wanted.years_used, "how many years the hardware is used", above=0)
        number("share_in_use", wanted.share_in_use, "the share of time it is in use", above=0, most=1)
        if not isinstance(wanted.pue, str) and wanted.pue is not None:
            number("pue", wanted.pue, "what the data centre draws over its computers, from 1 up", least=1)
        if not isinstance(wanted.per, str) or wanted.per not in DAYS:
            raise ValueError(f"per={wanted.per!r}; answers come per {', '.join(DAYS)}")
        return wanted

    @property
    def answers_a_year(self) -> float:
        return self.answers * DAYS[self.per]

    @property
    def unknown(self) -> list[str]:
        """Fields that something has to stand for; steps stand for epochs."""
        return [
            name for name in ASSUMED if getattr(self, name) is None and not (name == "epochs" and self.steps)
        ]

    def assuming(self, **instead: float) -> Wanted:
        """With what stands for the unknown, or with other values in its place."""
        filled: dict[str, Any] = {name: ASSUMED[name][0] for name in self.unknown} | instead
        whole: dict[str, Any] = {k: int(v) if k in ("features", "classes") else v for k, v in filled.items()}
        return replace(self, **whole)


def _plain(name: str, value: Any) -> Any:
    """A field as an estimate reckons with it: numpy's numbers and whole floats are counts like others."""
    if name in _WHOLE:
        given = int(value) if isinstance(value, float) and value.is_integer() else value
        return whole(
            name,
            given,
            f"how many {name}, from 1 up" if name != "batch" else "rows a batch, from 1 up",
            least=1,
        )
    if name == "retrain" and isinstance(value, str):
        if value not in OFTEN:
            raise ValueError(f"retrain={value!r}; give how often a year, or one of {', '.join(OFTEN)}")
        return OFTEN[value]
    if name == "features" and value is not None:
        return _shape(value)
    if name == "size" and value is not None and not isinstance(value, str):
        raise TypeError(f'size={value!r}; give small, medium, large, or widths such as "64-32"')
    if name in _TEXTS and value is not None and not isinstance(value, str):
        raise TypeError(f"{name}={value!r}; give its name as text")
    return value


def _shape(value: Any) -> int | tuple[int, ...]:
    many = not isinstance(value, str) and isinstance(value, Iterable)
    found = []
    for each in value if many else (value,):
        if isinstance(each, bool) or not isinstance(each, Real) or each != each or each % 1:
            raise TypeError(
                f"features={value!r}; give how many there are, or the shape of one row, such as (1, 28, 28)"
            )
        found.append(int(float(each)))
    return tuple(found) if many else found[0]
