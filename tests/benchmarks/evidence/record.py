"""Record: what was run, a line each in a file that a run goes on with; and the catalogue's figures, made of it."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from greenlatent.energy.intervals import student
from tests.benchmarks.evidence import cheaper, smaller
from tests.benchmarks.evidence.tasks import NETS, Done, Task, plain

WAYS = [("null", "the same again", plain), *cheaper.WAYS, *smaller.WAYS]
EVERY = 6  # ways for which one plain run is told over: a machine's speed changes
USUAL = 1.6  # plain runs that a way takes, on average
FIELDS = ("seconds", "accuracy", "answer")
CATALOGUE = Path(__file__).parents[3] / "greenlatent" / "tactics" / "catalogue.json"
ALIKE = {"logistic regression": "T7"}  # what stands under another tactic, too
SAME_NET = {arm for _, arm, _ in cheaper.WAYS}  # answers are those of the plain run's net
FEWEST = 3  # seeds of a figure in the catalogue, and of an interval
BOTH_ENDS = "two threads instead of one"


def run(path: Path, names: Sequence[str], seeds: Iterable[int]) -> None:
    """All ways on these data and seeds that the record does not have yet."""
    done = {(row["data"], row["seed"], row["arm"]) for row in read(path)}
    if path.exists() and not path.read_text(encoding="utf-8").endswith("\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")  # it was cut off in a line
    for seed in seeds:
        for name in names:
            due = [(t, arm, way) for t, arm, way in WAYS if (name, seed, arm) not in done]
            if not due:
                continue
            task = Task(NETS[name], seed)
            plain(task)  # the first run in a process costs more than any later one
            for k, (tactic, arm, way) in enumerate(due):
                if k % EVERY == 0:
                    base = plain(task)
                row = {"data": name, "seed": seed, "tactic": tactic, "arm": arm}
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of what torch is about to move
                    try:
                        row |= _told(way(task), base)
                    except LookupError as reason:
                        row["left"] = str(reason)
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
            print(f"{name}, seed {seed}: {len(due)} ways", flush=True)


def _told(found: Done, base: Done) -> dict[str, float | None]:
    over = found.over or base
    told = {field: getattr(found, field) for field in FIELDS}
    return told | {f"over_{field}": getattr(over, field) for field in FIELDS}


def forecast(names: Sequence[str], seeds: Sequence[int], path: Path) -> str:
    """How long it will take, from a plain run of each."""
    done = {(row["data"], row["seed"], row["arm"]) for row in read(path)}
    seconds, left = 0.0, 0
    for name in names:
        due = sum((name, seed, arm) not in done for seed in seeds for _, arm, _ in WAYS)
        left += due
        seconds += USUAL * due * (plain(Task(NETS[name], seeds[0])).seconds or 0.0)
    return f"{left} runs on {', '.join(names)}: about {math.ceil(seconds / 60)} minutes."


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a record; one that was cut off is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def figures(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each way and data, as the catalogue has them, with the `tactic` that it stands under."""
    found = []
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if "left" not in row:
            groups.setdefault((row["tactic"], row["arm"], row["data"]), []).append(row)
    for (tactic, arm, data), each in groups.items():
        told = {"tactic": tactic, "arm": arm, "data": data, **_figure(each), "n": len(each)}
        if arm == BOTH_ENDS:
            ratios = [row["seconds"] / row["over_seconds"] for row in each]
            for which, end in (("dearest", max(ratios)), ("cheapest", min(ratios))):
                found.append(
                    {k: v for k, v in told.items() if k != "between"}
                    | {"arm": f"{arm}, {which} run", "ratio": _short(end)}
                )
            continue
        found.append(told)
        if arm in ALIKE:
            found.append(told | {"tactic": ALIKE[arm]})
    return found


def _figure(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    ratios = [_log(row, "seconds") for row in rows if row["seconds"] and row["over_seconds"]]
    if ratios:
        value, ends = _mean(ratios)
        told["ratio"] = _short(math.exp(value))
        if ends:
            told["between"] = [_short(math.exp(end)) for end in ends]
    points = [
        100 * (row["accuracy"] - row["over_accuracy"])
        for row in rows
        if None not in (row["accuracy"], row["over_accuracy"])
    ]
    if points:
        value, ends = _mean(points)
        told["points"] = round(value, 1) + 0.0  # no -0.0
        if ends:
            told["points_between"] = [round(end, 1) + 0.0 for end in ends]
    answers = [_log(row, "answer") for row in rows if row["answer"] and row["over_answer"]]
    if answers and rows[0]["arm"] not in SAME_NET:
        told["answers"] = _short(math.exp(_mean(answers)[0]))
    return told


def _log(row: dict[str, Any], field: str) -> float:
    return math.log(row[field] / row[f"over_{field}"])


def _mean(values: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """With its interval, from three seeds on."""
    mean, n = float(np.mean(values)), len(values)
    if n < FEWEST:
        return mean, None
    half = student(n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return mean, (mean - half, mean + half)


def _short(value: float) -> float:
    return float(f"{value:.3g}") if value < 100 else float(round(value))


def write(rows: Sequence[dict[str, Any]], path: Path = CATALOGUE) -> int:
    """Put the record's figures of three seeds and more into the catalogue, in the place of those that it had; how
    many."""
    catalogue = json.loads(path.read_text(encoding="utf-8"))
    found = [each for each in figures(rows) if each["n"] >= FEWEST]
    for entry in catalogue:
        mine = {(each["arm"], each["data"]): each for each in found if each["tactic"] == entry["id"]}
        order = [(each["arm"], each["data"]) for each in entry["measured"]]
        had = dict(zip(order, entry["measured"], strict=True))
        entry["measured"] = [
            {k: v for k, v in mine.get(key, had.get(key, {})).items() if k != "tactic"}
            for key in dict.fromkeys([*order, *mine])
        ]
    path.write_text(json.dumps(catalogue, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return sum(each["tactic"] != "null" for each in found)
