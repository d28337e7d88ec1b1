"""Reporting: a leaderboard on which joules of two machines, or known in two ways, are never one ranking."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...files import cell
from .findings import Findings

BY = ("accuracy", "joules", "grams", "front")


class Standings(dict[str, list[dict[str, Any]]]):
    """Groups of entries in order; printed, a line an entry."""

    def __str__(self) -> str:
        lines = []
        for group, rows in self.items():
            lines.append(f"{group}:")
            for row in rows:
                told = [
                    f"{row.get('score', 'accuracy')} {row['accuracy']:.3f}"
                    if "accuracy" in row
                    else "no score"
                ]
                told += [
                    f"{row[key]:.3g} {unit}" for key, unit in (("joules", "J"), ("grams", "g")) if key in row
                ]
                lines.append(f"  {row['name']}: {', '.join(told)}")
        return "\n".join(lines) or "no entries"


class Leaderboard:
    """Entries as JSON lines, each on disk when `add` returns. Joules of two machines, or known in two ways, are never
    one ranking.

    >>> board = Leaderboard("board.jsonl")
    >>> board.add("net", lab)
    >>> print(board.table(by="accuracy"))
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        self.rows: list[dict[str, Any]] = []
        if self.path.exists():
            for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
                try:
                    row = json.loads(line)
                    self.rows.append({"name": str(row["name"]), **row})
                except (ValueError, KeyError, TypeError) as error:
                    raise ValueError(f"{path} line {number} is no line of a leaderboard: {error}") from error

    def add(self, name: str, of: Any, *, region: str | None = None) -> dict[str, Any]:
        """An entry of a Lab, of findings (each algorithm on all of the data), or of a dict with accuracy and joules."""
        if isinstance(of, Findings):
            rows = [
                self._add(f"{name}, {ranked.name}", _of_ranked(ranked, of), region)
                for ranked in of.ranking().rows
            ]
            return rows[-1]
        return self._add(name, _of(of), region)

    def _add(self, name: str, values: dict[str, Any], region: str | None) -> dict[str, Any]:
        from ... import energy

        row = {"name": name, **values}
        if region is not None and row.get("joules") is not None:
            grid = energy.grid(region)
            row |= {"grams": row["joules"] * grid.grams_per_kwh / 3.6e6, "grid": str(grid)}
        text = json.dumps(row, allow_nan=False) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.rows.append(row)
        return row

    def table(self, by: str = "accuracy") -> Standings:
        """Entries in order, by machine and by how their joules are known; of "front" those that none beats in both.
        Scores that are no accuracies, as F1, are a group of their own wherever scores are compared."""
        if by not in BY:
            raise ValueError(f"by={by!r}; give {', '.join(map(repr, BY))}")
        if by == "accuracy":
            kinds: dict[str, list[dict[str, Any]]] = {}
            for row in sorted(self.rows, key=lambda row: -(row.get("accuracy") or 0.0)):
                kinds.setdefault(_scored(row) or "all", []).append(row)
            return Standings(kinds)
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            if by == "front" and row.get("accuracy") is None:
                continue  # nothing can beat it, or be beaten by it, in both
            if row.get("joules") is not None and (by != "grams" or "grams" in row):
                group = f"{row.get('machine', 'unknown')}, {row.get('badge', 'unknown')}"
                score = _scored(row) if by == "front" else ""
                found.setdefault(f"{group}, {score}" if score else group, []).append(row)
        key = "grams" if by == "grams" else "joules"
        for group, rows in found.items():
            if by == "front":
                rows = [row for row in rows if not any(_beats(other, row) for other in rows)]
            found[group] = sorted(rows, key=lambda row: row[key])
        return Standings(found)

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """All entries; a text that a spreadsheet would run is quoted."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([cell(row.get(name, "")) for name in columns] for row in self.rows)
        return Path(path)

    def to_mlflow(self, client: Any = None) -> None:
        """Write the newest entry into the caller's active run, or one of `client`'s: metrics, and tags for the rest."""
        import mlflow

        if not self.rows:
            raise ValueError("there is no entry yet to write; add one first")
        row = self.rows[-1]
        run = mlflow.active_run()
        if run is None:
            raise RuntimeError(
                "no mlflow run is active; begin one with mlflow.start_run(), then call this inside"
            )
        client = client or mlflow.MlflowClient()
        for name, value in row.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                client.log_metric(run.info.run_id, name, value)
            else:
                client.set_tag(run.info.run_id, f"greenlatent.{name}", str(value))


def _of(of: Any) -> dict[str, Any]:
    if isinstance(of, Mapping):
        lacking = [name for name in ("accuracy", "joules") if name not in of]
        if lacking:
            raise ValueError(f"this entry has no {' and no '.join(lacking)}; give both")
        given = {name: value.item() if hasattr(value, "item") else value for name, value in of.items()}
        for name in ("accuracy", "joules"):
            value = given[name]
            if isinstance(value, bool) or not (isinstance(value, int | float) and 0 <= value < math.inf):
                raise ValueError(f"{name}={value!r}; give a number from 0 up")
        return {name: value for name, value in given.items() if isinstance(value, int | float | str)}
    meter = getattr(of, "meter", None)
    if meter is None:
        raise TypeError(f"add takes a Lab, Findings or a dict, got {type(of).__name__}")
    total = meter.total
    badge = max(total.badges, key=total.badges.__getitem__, default="none")
    accuracy = of.accuracy
    values: dict[str, Any] = {} if accuracy is None or math.isnan(accuracy) else {"accuracy": accuracy}
    values["badge"] = badge
    if total.known:
        machine = total.origin.machine if total.origin else "unknown"
        values |= {"joules": total.value, "low": total.low, "high": total.high, "machine": machine}
    return values


def _scored(row: dict[str, Any]) -> str:
    score = str(row.get("score", "accuracy"))
    return "" if score == "accuracy" else score


def _of_ranked(ranked: Any, found: Findings) -> dict[str, Any]:
    cells = [cell for cell in found.cells if cell["algorithm"] == ranked.name]
    told = {name: sorted({str(cell.get(name, "unknown")) for cell in cells}) for name in ("machine", "badge")}
    where = {name: " and ".join(values) for name, values in told.items()}
    return {"accuracy": ranked.score, "joules": ranked.joules, "score": found.score, **where}


def _beats(a: dict[str, Any], b: dict[str, Any]) -> bool:
    pairs = [(a["joules"], b["joules"]), (-(a.get("accuracy") or 0.0), -(b.get("accuracy") or 0.0))]
    return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)
