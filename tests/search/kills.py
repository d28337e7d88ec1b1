"""Drivers of searches that are killed at random moments, and what must hold of what they leave."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from greenlatent.search import Search
from tests.search.making import data, make

DRIVER = """
import sys, threading, time
from tests.search.making import search
found = search(sys.argv[1], price=None, workers=int(sys.argv[2]))
found.start()
while not found.candidates:
    time.sleep(0.005)
print("going", flush=True)
while True:
    time.sleep(0.005)
    print(found.spent, flush=True)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def kill_one(folder: Path, seed: int, *, workers: int = 1) -> list[str]:
    """Start a driver, kill it at a random moment, and say what does not hold of what it left."""
    wrong, rng = [], random.Random(seed)
    told = folder / "told.txt"
    with told.open("wb") as out:
        command = [sys.executable, "-c", DRIVER, str(folder / "search"), str(workers)]
        driver = subprocess.Popen(command, stdout=out, cwd=Path(__file__).parents[2])
    try:
        while not told.read_bytes():
            time.sleep(0.01)
            if driver.poll() is not None:
                return ["it ended by itself"]
        time.sleep(rng.uniform(0, 1.5))
        hands = children(driver.pid)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    truth = max([float(line) for line in told.read_text().split("\n")[1:-1] if line] or [0.0])
    deadline = time.monotonic() + 5
    while any(map(alive, hands)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if any(map(alive, hands)):
        wrong.append("a worker lives on")
    train, valid = data()
    with Search.load(folder / "search", make, train, valid=valid, workers=1) as found:
        if found.spent < truth:
            wrong.append(f"{found.spent:.3f} J are told of {truth:.3f}")
        running: set[int] = set()
        for event in found.course.events:
            n = event.get("n")
            if event["do"] == "slice-begin":
                if n in running:
                    wrong.append(f"candidate {n} was begun twice")
                running.add(n)
            elif event["do"] in ("slice", "lost", "failed"):
                if n not in running:
                    wrong.append(f"a slice of candidate {n} landed twice")
                running.discard(n)
        if running or [c.n for c in found.candidates] != list(range(len(found.candidates))):
            wrong.append("a candidate is lost")
        begun = len(found.candidates)
        found.start(candidates=2)
        if not found.wait(60) or len(found.candidates) < begun + 2:
            wrong.append("it did not go on")
    return wrong
