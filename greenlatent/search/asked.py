"""Asked: what a search was asked for, checked, and what the head of its record tells of it."""

from __future__ import annotations

import hashlib
import inspect
import platform
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ..data.samples import Samples
from .choices.propose import NAMES
from .choices.space import Space
from .course.ahead import Rules
from .course.aims import Aims
from .course.course import Event
from .course.record import FORMAT
from .workers.pool import Elsewhere, Here
from .workers.slice import Work


def header(
    train: Samples, space: Space, rules: Rules, aims: Aims, sampler: str, make: Callable[..., Any]
) -> Event:
    """The head of a record. Of `make` only its name and a hash of its source, so that a change can be said."""
    return {
        "do": "header",
        "v": FORMAT,
        "samples": train.fingerprint,
        "space": space.told(),
        "plan": rules.plan,
        "rungs": rules.rungs,
        "factor": rules.factor,
        "seed": rules.seed,
        "sampler": sampler,
        "want": list(aims.want),
        "limits": aims.limits,
        "make": named(make),
        "python": platform.python_version(),
    }


def factor_of(header: Event) -> int:
    """What a record goes by from rung to rung; those that do not say were begun when it was two."""
    return int(header.get("factor", 2))


def named(make: Callable[..., Any]) -> str:
    name = getattr(make, "__name__", type(make).__name__)
    try:
        source = inspect.getsource(make)
    except (OSError, TypeError):
        source = name
    return f"{name} {hashlib.sha256(source.encode()).hexdigest()[:12]}"


def gone_on_with(folder: Path, header: Event, train: Samples, options: dict[str, Any]) -> dict[str, Any]:
    """The keywords of a search that goes on, or why it cannot with these."""
    if header["samples"] != train.fingerprint:
        raise ValueError(
            f"{folder} is about data {header['samples']}, this is {train.fingerprint}: the data differ"
        )
    options = dict(options)
    space = options.pop("space", None)
    if space is not None and Space(space).told() != header["space"]:
        raise ValueError(
            f"{folder} searches {header['space']}, and space= is another; leave it out, or begin a new one"
        )
    lengths = {name: options.pop(name, None) for name in ("epochs", "passes")}
    if any(lengths.values()) and plan_of(train, **lengths) != header["plan"]:
        raise ValueError(
            f"{folder} has whole runs of {header['plan']} passes; leave epochs= and passes= out, or begin a new one"
        )
    told = {name: header[name] for name in ("want", "limits", "rungs", "seed")}
    if header["sampler"] in NAMES:
        told["sampler"] = header["sampler"]
    elif "sampler" not in options:
        raise ValueError(f"{folder} was searched by {header['sampler']}; give it as sampler=, or another")
    return {**told, **options}


def check_data(train: Samples, valid: Samples | None) -> None:
    """Without data of its own to be judged by, a search finds what fits its training data."""
    if not isinstance(train, Samples):
        raise TypeError("train takes Samples: arrays become gl.Samples(x, y)")
    if valid is None:
        n = len(train)
        raise ValueError(
            "a search needs valid=, which its candidates are compared on; set some of train apart:"
            f" order = numpy.random.default_rng(0).permutation({n});"
            f" train, valid = train.take(order[{n // 5}:]), train.take(order[:{n // 5}])"
        )
    if not isinstance(valid, Samples):
        raise TypeError("valid takes Samples: arrays become gl.Samples(x, y)")
    if list(valid.classes or ()) != list(train.classes or ()):
        raise ValueError(f"valid has the classes {valid.classes}, train {train.classes}; give both the same")


def plan_of(train: Samples, epochs: int | None, passes: int | None) -> int:
    """Passes of a whole run."""
    if (epochs is None) == (passes is None):
        raise ValueError("how long is a whole run? Give epochs= or passes=, one of the two")
    for name, value in (("epochs", epochs), ("passes", passes)):
        if value is not None and not (isinstance(value, int) and value >= 1):
            raise ValueError(f"{name}={value!r}; give a whole number from 1 up")
    return passes if passes is not None else len(train) * (epochs or 1)


def pool_of(workers: int | Executor, work: Work, stop: Callable[[], bool]) -> Here | Elsewhere:
    """Where slices run."""
    if isinstance(workers, Executor) or hasattr(workers, "submit"):
        return Elsewhere.given(work, workers)  # type: ignore[arg-type]
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ValueError(
            f"workers={workers!r}; give how many processes, from 1, or a concurrent.futures.Executor"
        )
    return Here(work, stop) if workers == 1 else Elsewhere.processes(work, workers)
