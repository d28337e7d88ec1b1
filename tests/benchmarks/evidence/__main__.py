"""`make tactics`: every tactic's ways on three data sets, five seeds; ARGS="record.jsonl --seeds 1 --data digits"."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.evidence import record
from tests.benchmarks.evidence.tasks import NETS

asked = argparse.ArgumentParser(prog="make tactics", description=__doc__)
asked.add_argument("path", nargs="?", default="tactics.jsonl", type=Path, help="the record, gone on with")
asked.add_argument("--seeds", type=int, default=5, help="how many, from 400 on")
asked.add_argument("--data", nargs="*", default=list(NETS), choices=list(NETS))
asked.add_argument("--table", action="store_true", help="print what the record has, and run nothing")
asked.add_argument("--write", action="store_true", help="put it into the catalogue; then: make docs")
given = asked.parse_args()
seeds = range(400, 400 + given.seeds)
if not given.table:
    print(record.forecast(given.data, seeds, given.path), flush=True)
    record.run(given.path, given.data, seeds)
for each in record.figures(record.read(given.path)):
    print(*(f"{name}={value}" for name, value in each.items()))
if given.write:
    print(f"{record.write(record.read(given.path))} figures are in the catalogue; make docs writes the page.")
