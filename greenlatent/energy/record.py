"""A run on disk: exported as a JSON line or rows of a CSV, and read again."""

import csv
import errno
import io
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .arguments import number, whole
from .joules import Joules, Origin
from .reading import Reading
from .report import versions

FORMAT = 1
TOTAL = "total of all"  # the row that ends a run in a CSV
_ABOUT = ("run", "when", "machine", "start", "stop", "seconds", "method", "calibration", "settings")
_COLUMNS = (
    *_ABOUT[:6],
    "kind",
    "joules",
    "low",
    "high",
    "units",
    "coverage",
    "badges",
    "merged",
    "shared",
    *_ABOUT[6:],
)


@dataclass(frozen=True)
class Record:
    """One run, as it was exported."""

    total: Joules
    lines: dict[str, Joules]
    units: dict[str, int]
    about: dict[str, Any]
    """`run`, `when`, `machine`, `seconds` metered between `start` and `stop` (seconds since 1970), `method`,
    `calibration`, `settings`; a JSON line has more."""


def export(reading: Reading, path: Path) -> Path:
    """Append a reading to a `.jsonl` (or `.json`) or `.csv` file."""
    suffix = path.suffix.lower()
    if suffix not in (".jsonl", ".json", ".csv"):
        raise ValueError(f"{path.name}: name it .jsonl for a JSON line, or .csv for rows")
    about = {
        "format": FORMAT,
        "run": reading.run,
        "when": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "machine": reading.origin.machine,
        "start": reading.origin.start,
        "stop": reading.origin.stop,
        "seconds": reading.seconds,
        "method": reading.method,
        "calibration": reading.calibration,
        "settings": dict(reading.settings),
        "overhead": reading.overhead,
        "notes": list(reading.notes),
        "versions": versions(),
    }
    rows = {kind: {**_plain(joules), "units": reading.units[kind]} for kind, joules in reading.lines.items()}
    total = _plain(reading.total)
    if suffix == ".csv":
        _append(path, _table(about, rows, total), ",".join(_COLUMNS) + "\n")
    else:
        _append(path, json.dumps({**about, "total": total, "lines": rows}, allow_nan=False) + "\n", "")
    return path


def _append(path: Path, text: str, header: str) -> None:
    """In one piece, so that two programs may write to one file; to a file of ours only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = header.encode() or b"{"
    with path.open("a+b", buffering=0) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if not size:
            text = header + text
        elif file.read(len(begin)) != begin:
            raise ValueError(f"{path.name} exists and holds something else; export to another file")
        elif file.seek(-1, io.SEEK_END) >= 0 and file.read(1) != b"\n":  # a write that was cut off
            text = "\n" + text
        data = text.encode("utf-8", "backslashreplace")
        if (written := file.write(data)) < len(
            data
        ):  # a full disk takes a part, and what is cut off spoils all
            if file.seek(0, io.SEEK_END) == size + written:
                file.truncate(size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def read(path: str | Path) -> list[Record]:
    """The runs that `Meter.export` wrote to a file, in order. What is damaged is refused, by its line."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is no text ({error})") from None
    runs = _csv_runs if path.suffix.lower() == ".csv" else _json_runs
    return list(runs(path.name, text))


def _json_runs(name: str, text: str) -> Iterator[Record]:
    for n, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            about = json.loads(line, parse_constant=_no_number)
            if about["format"] != FORMAT:
                raise ValueError(f"format {about['format']!r}; this version reads format {FORMAT}")
            yield _record(about, about.pop("total"), about.pop("lines"))
        except _DAMAGE as error:
            raise ValueError(f"{name}, line {n} is no run of a meter ({_why(error)})") from None


def _csv_runs(name: str, text: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: dict[str, dict] = {}
    run: tuple[str, str] | None = None  # the one whose rows these are
    try:
        header = next(reader, None)
        if header is None or tuple(header) != _COLUMNS:
            raise ValueError(f"it has the columns {header}; a meter's export has {', '.join(_COLUMNS)}")
        for cells in reader:
            if not cells or tuple(cells) == _COLUMNS:  # two programs may both have begun the file
                continue
            row: dict[str, Any] = dict(zip(_COLUMNS, cells, strict=True))
            if run is not None and run != (row["run"], row["when"]):
                raise ValueError(f"run {run[0]} has no total")
            run = row["run"], row["when"]
            for column in ("joules", "low", "high", "coverage", "badges", "merged", "shared", "units"):
                text = _unquoted(row[column])
                row[column] = json.loads(text, parse_constant=_no_number) if text else None
            if row["kind"] != TOTAL:
                if (kind := _unquoted(row["kind"])) in rows:
                    raise ValueError(f"{kind!r} stands there twice")
                rows[kind] = row
                continue
            about: dict[str, Any] = {column: _unquoted(row[column]) for column in _ABOUT}
            about.update({column: float(row[column]) for column in ("start", "stop", "seconds")})
            yield _record(about, row, rows)
            rows, run = {}, None
    except _DAMAGE as error:
        raise ValueError(f"{name}, line {reader.line_num} is no line of a meter ({_why(error)})") from None
    if run is not None:
        raise ValueError(f"{name}: run {run[0]} has no total; the file ends early")


# What a text that was changed, or never was ours, may do to whoever reads it.
_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RecursionError,
    OverflowError,
    csv.Error,
)


def _why(error: BaseException) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of joules")


def _record(about: dict[str, Any], total: Mapping, lines: Mapping[str, Mapping]) -> Record:
    span = (number(name, about[name], "seconds since 1970") for name in ("start", "stop"))
    number("seconds", about["seconds"], "metered seconds", least=0)
    origin = Origin(_text(about["machine"]), _text(about["run"]), *span)
    units = {kind: whole("units", lines[kind]["units"], "how often it was begun") for kind in lines}
    found = {_text(kind): _joules(row, origin) for kind, row in lines.items()}
    whole_run = _joules(total, origin)
    added = math.fsum(joules.value for joules in found.values() if joules.known)
    if whole_run.known and abs(added - whole_run.value) > 1e-3 * whole_run.value:
        raise ValueError(f"its lines add up to {added:.4g} J, its total is {whole_run.value:.4g} J")
    return Record(whole_run, found, units, about)


def _plain(joules: Joules) -> dict[str, Any]:
    known = joules.known
    return {
        "joules": joules.value if known else None,
        "low": joules.low if known else None,
        "high": joules.high if known else None,
        "badges": dict(joules.badges),
        "shared": {name: list(pair) for name, pair in joules.shared.items()},
        "coverage": joules.coverage,
        "merged": list(joules.merged),
    }


def _joules(row: Mapping[str, Any], origin: Origin | None = None) -> Joules:
    if row["joules"] is None and row["low"] is None and row["high"] is None:
        return Joules.missing(origin)
    value, low, high = (number(name, row[name], "finite joules") for name in ("joules", "low", "high"))
    badges = {
        _text(badge): number(badge, share, "a share", least=0, most=1.001)
        for badge, share in row["badges"].items()
    }
    shared = {}
    for name, (down, up) in row["shared"].items():
        shared[_text(name)] = number(name, down, "joules", least=0), number(name, up, "joules", least=0)
    coverage = number("coverage", row["coverage"], "a share", least=0, most=1)
    return Joules(value, low, high, badges, shared, coverage, tuple(map(_text, row["merged"])), origin)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _table(about: dict, rows: dict[str, dict], total: dict) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    settings = "; ".join(f"{name}={value}" for name, value in about["settings"].items() if value is not None)
    told = {**about, "method": "; ".join(about["method"]), "settings": settings}
    for kind, row in [*rows.items(), (None, {**total, "units": None})]:
        told_in_json = {column: json.dumps(row[column]) for column in row if row[column] is not None}
        # a number below 0 is no formula, a name in a list may be
        cells: dict[str, str] = dict.fromkeys(row, "") | {
            column: _quoted(text) if text[0] in "[{" else text for column, text in told_in_json.items()
        }
        cells |= {column: _quoted("" if told[column] is None else str(told[column])) for column in _ABOUT}
        cells["kind"] = TOTAL if kind is None else f"'{kind}" if kind == TOTAL else _quoted(kind)
        writer.writerow([cells[column] for column in _COLUMNS])
    return text.getvalue()


# Where a spreadsheet may begin to read a formula, and quotes, so that what was put there can be taken away again:
# at a cell's start, and after white space or a semicolon, a separator in half of the world.
_SIGN = re.compile("^(?=[\\t\\r\\n])|(^|[;\\t\\r\\n])(?=[=+\\-@'\uff1d\uff0b\uff0d\uff20])")
_QUOTE = re.compile("(^|[;\\t\\r\\n])'")


def _quoted(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return _SIGN.sub(lambda found: f"{found[1] or ''}'", cell)


def _unquoted(cell: str) -> str:
    return _QUOTE.sub(lambda found: found[1], cell)
