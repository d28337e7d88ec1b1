"""A run on disk: exported as a JSON line or rows of a CSV, and read again."""

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .joules import Joules
from .machine import machine
from .report import method, versions

if TYPE_CHECKING:
    from .meter import Meter

FORMAT = 1
TOTAL = "total of all"  # the row of the total in a CSV
_COLUMNS = (
    *("run", "when", "kind", "joules", "low", "high", "seconds", "units", "coverage", "badges", "merged"),
    *("shared", "method", "calibration", "settings"),
)


@dataclass(frozen=True)
class Record:
    """One run, as it was exported."""

    total: Joules
    lines: dict[str, Joules]
    units: dict[str, int]
    about: dict[str, Any]
    """`run`, `when`, `seconds`, `method`, `calibration`, `settings`; a JSON line has more."""


def export(meter: "Meter", path: Path) -> Path:
    """Append the run to a `.jsonl` (or `.json`) or `.csv` file."""
    if path.suffix not in (".jsonl", ".json", ".csv"):
        raise ValueError(f"{path.name}: name it .jsonl for a JSON line, or .csv for rows")
    ledger, book = meter.ledger(), meter._ledger
    about = {
        "format": FORMAT,
        "run": meter.id,
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds": meter.seconds,
        "method": method(meter),
        "calibration": None if book.calibration is None else str(book.calibration),
        "settings": {"pue": book.pue, "psu": book.psu, "grid": str(meter.grid) if meter.grid else None},
        "overhead": meter.overhead,
        "notes": [re.sub(r"https?://\S+", "the plug", note) for note in meter.notes],
        "versions": versions(),
    }
    units = {kind: meter.units(kind) for kind in ledger}
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        _append_csv(path, about, {**ledger, "": meter.total}, units)
    else:
        lines = {kind: {**_plain(joules), "units": units[kind]} for kind, joules in ledger.items()}
        line = json.dumps({**about, "total": _plain(meter.total), "lines": lines}, allow_nan=False)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    return path


def read(path: str | Path) -> list[Record]:
    """The runs that `Meter.export` wrote to a file, in order."""
    path = Path(path)
    with path.open(newline="", encoding="utf-8") as file:
        text = file.read()
    if path.suffix == ".csv":
        return _read_csv(path, text)
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            lines = {kind: _joules(row) for kind, row in told.pop("lines").items()}
            units = {kind: row["units"] for kind, row in json.loads(line)["lines"].items()}
            records.append(Record(_joules(told.pop("total")), lines, units, told))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name}, line {number} is no run of a meter ({error})") from None
    return records


def _plain(joules: Joules) -> dict[str, Any]:
    if not joules.known:
        return {"joules": None, "low": None, "high": None, "badges": {}, "coverage": 0.0}
    return {
        "joules": joules.value,
        "low": joules.low,
        "high": joules.high,
        "badges": dict(joules.badges),
        "shared": {name: list(pair) for name, pair in joules.shared.items()},
        "coverage": joules.coverage,
        "merged": list(joules.merged),
    }


def _joules(row: dict[str, Any]) -> Joules:
    if row["joules"] is None:
        return Joules.missing()
    shared = {name: (pair[0], pair[1]) for name, pair in row["shared"].items()}
    more = shared, row["coverage"], tuple(row["merged"])
    return Joules(row["joules"], row["low"], row["high"], row["badges"], *more)


def _append_csv(path: Path, about: dict, ledger: dict[str, Joules], units: dict[str, int]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not path.exists() or path.stat().st_size == 0:
        writer.writerow(_COLUMNS)
    settings = "; ".join(f"{name}={value}" for name, value in about["settings"].items() if value is not None)
    for kind, joules in ledger.items():
        plain = _plain(joules)
        numbers = ["" if plain[name] is None else repr(plain[name]) for name in ("joules", "low", "high")]
        name = _quoted(kind) if kind else TOTAL
        row = [about["run"], about["when"], name, *numbers, repr(about["seconds"]), units.get(kind, "")]
        row += [repr(plain["coverage"]), json.dumps(plain["badges"]), _quoted(" ".join(joules.merged))]
        row += [json.dumps(plain.get("shared", {})), _quoted("; ".join(about["method"]))]
        writer.writerow([*row, _quoted(about["calibration"] or ""), _quoted(settings)])
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write(text.getvalue())


def _read_csv(path: Path, text: str) -> list[Record]:
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or tuple(rows.fieldnames) != _COLUMNS:
        wanted = ", ".join(_COLUMNS)
        raise ValueError(f"{path.name} has the columns {rows.fieldnames}; a meter's export has {wanted}")
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in enumerate(rows, 2):
        try:
            joules = Joules.missing()
            if row["joules"]:
                plain = {name: float(row[name]) for name in ("joules", "low", "high", "coverage")}
                more = {name: json.loads(row[name]) for name in ("badges", "shared")}
                joules = _joules({**plain, **more, "merged": _unquoted(row["merged"]).split()})
            about: dict[str, Any] = {name: _unquoted(row[name]) for name in _COLUMNS[:2] + _COLUMNS[-3:]}
            about["seconds"] = float(row["seconds"])
            run = found.setdefault((row["run"], row["when"]), {"lines": {}, "units": {}, "about": about})
            if row["kind"] == TOTAL:
                run["total"] = joules
            else:
                kind = _unquoted(row["kind"])
                run["lines"][kind], run["units"][kind] = joules, int(row["units"] or 0)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"{path.name}, row {number} is no line of a meter ({error})") from None
    lacking = [key for key, run in found.items() if "total" not in run]
    if lacking:
        raise ValueError(f"{path.name}: run {lacking[0][0]} has no total; the file ends early")
    return [Record(run["total"], run["lines"], run["units"], run["about"]) for run in found.values()]


def _quoted(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "'", "\t", "\r") else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" else cell
