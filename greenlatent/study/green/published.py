"""Published: the 3,600 runs of the data-centric study of 2022, as findings, with what has to be known of them."""

from __future__ import annotations

import csv
import gzip
import io
from importlib.resources import files

from .findings import Cell, Findings

FOOTNOTES = (
    "One split in all 30 repeats: what varies is the machine, and of some algorithms their own chance.",
    "The test part shrank with the rows: 30 % of what was left.",
    "Features were chosen with the test part in sight.",
    "Mean power 0.20 W: ratios are used, absolute joules are not credited.",
)
TESTED = 0.3  # of the rows there were, before the test part was taken
NAMES = {"Bagging Classifier": "Bagging"}


def published(name: str = "ICT4S22") -> Findings:
    """Verdecchia et al., ICT4S 2022: six algorithms on SMS messages over tenths of the rows and of the words.

    Medians and unpaired tests, because its repeats share one split. MIT; the licence lies beside the file.

    >>> print(published().change("Random Forest", rows=0.1))
    """
    if name != "ICT4S22":
        raise ValueError(f'there is no published study {name!r} here; there is "ICT4S22"')
    raw = (files(__package__) / "data" / "ICT4S22.csv.gz").read_bytes()
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(raw).decode("utf-8"))))
    most = {axis: max(int(row[axis]) for row in rows) for axis in ("rows", "features")}
    cells: list[Cell] = []
    for i, row in enumerate(rows):
        n, k = int(row["rows"]), int(row["features"])
        cells.append(
            {
                "algorithm": NAMES.get(row["algorithm"], row["algorithm"]),
                "rows": round(n / most["rows"], 1),
                "features": round(k / most["features"], 1),
                "wrong": 0.0,
                "noise": "symmetric",
                "numbers": "float64",
                "seed": i,  # its repeats are not paired
                "of": row["axis"],
                "tested": round(n * TESTED / (1 - TESTED)),
                "prepare_joules": float(row["prepare_joules"]),
                "train_joules": float(row["train_joules"]),
                "infer_joules": float(row["infer_joules"]),
                "score": float(row["f1"]),
                "accuracy": float(row["accuracy"]),
                "badge": "published",
            }
        )
    return Findings(cells, notes=FOOTNOTES, paired=False)
