"""How a plan's parts hold up: speed of rules, page and book; writers, kills, cases: `python -m tests.benchmarks.plans`.

Each line is a figure and the limit it is held to. The parts: rules, page, book, writers, kills, cases,
profile, keys (in a browser).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import greenlatent as gl
from greenlatent.plan.cases.cases import corpus, similar
from greenlatent.plan.data.profile import profile
from greenlatent.plan.data.read import read
from greenlatent.plan.project.book import FILE, PlanBook
from tests.benchmarks import judge

SAID = {
    "kind": "image", "rows": 5000, "features": 64, "classes": 10, "task": "classify", "metric": "accuracy",
    "model": "mlp", "size": "64", "epochs": 20, "region": "DE", "target": 0.9999, "place": "data centre", "trials": 300,
}  # fmt: skip
WRITER = """
import sys
from pathlib import Path
from greenlatent.plan.project.book import PlanBook
book = PlanBook(Path(sys.argv[1]), sys.argv[2])
for k in range(int(sys.argv[3])):
    book.say("note", **{f"{sys.argv[2]}{k}": "x"})
    book.say("data", **{f"{sys.argv[2]}{k}": k})
"""


def plan_of(home: str, name: str) -> gl.Plan:
    plan = gl.Plan(name, home=home)
    plan.say(SAID)
    return plan


def changes(plan: gl.Plan, work: Callable[[], object]) -> list[float]:
    """Milliseconds of some work after each of 30 changes."""
    took = []
    for k in range(30):
        plan.data.set(rows=4000 + 17 * k)
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    return took


def judge_rules(home: str) -> None:
    plan = plan_of(home, "rules")
    judge(
        "conflicts() after a change, median", float(np.median(changes(plan, plan.conflicts))), 20, unit=" ms"
    )


def judge_page(home: str) -> None:
    plan = plan_of(home, "page")
    view = plan.view()
    plan._page = None  # so that it is refreshed by the clock below alone
    judge(
        "refresh of the page after a change, median",
        float(np.median(changes(plan, view.refresh))),
        60,
        unit=" ms",
    )


def judge_book(home: str) -> None:
    book = PlanBook(Path(home) / "long", "me")
    for k in range(5000):
        book.say("data" if k % 2 else "note", **{"rows" if k % 2 else f"n{k}": k + 1})
    begun = time.perf_counter()
    gl.Plan("long", home=home).situation  # noqa: B018
    judge("a plan of 5,000 events is opened", time.perf_counter() - begun, 0.3, unit=" s")


def judge_writers(home: str) -> None:
    folder = Path(home) / "two"
    command = [sys.executable, "-c", WRITER, str(folder)]
    for process in [subprocess.Popen([*command, name, "300"]) for name in ("ann", "ben")]:
        process.wait(300)
    book = PlanBook(folder, "me")
    notes, fields = len(book.values("note")), len(book.values("data"))
    judge("two kernels x 300 notes and 300 fields, lost or doubled", abs(1200 - notes - fields), 0)
    judge("their events, lost or doubled", abs(1200 - len(book.said.events)), 0)


def judge_kills(home: str) -> None:
    folder, lost = Path(home) / "killed", 0
    for _ in range(50):
        before = len(PlanBook(folder, "me").said.events)
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), "ann", "100000"])
        while len(PlanBook(folder, "me").said.events) < before + 3:
            pass
        process.kill()
        process.wait()
        whole = (folder / FILE).read_bytes().count(b"\n")
        lost += whole - len(PlanBook(folder, "me").said.events)
    judge("whole lines lost by 50 kills", lost, 0)


def judge_cases(_: str) -> None:
    sets: dict[str, list[gl.plan.Case]] = {}
    for case in corpus():
        sets.setdefault(case.data["name"], []).append(case)
    task = {name: cases[0].task for name, cases in sets.items()}
    asked = [name for name in sets if list(task.values()).count(task[name]) > 1]
    right = 0
    for name in asked:
        data = sets[name][0].data
        rest = [case for case in corpus() if case.data["name"] != name]
        found = similar(data, rest, words=str(data.get("domain") or ""))
        top = list(dict.fromkeys(case.data["name"] for case in found))[:3]
        right += any(task[other] == task[name] for other in top)
    judge(f"the task in the top three, of {len(asked)} data sets", right, 10, least=True)


def judge_profile(_: str) -> None:
    rows = read((np.random.default_rng(0).normal(size=(100_000, 50)), np.arange(100_000) % 5))
    took = []
    for _ in range(3):
        begun = time.process_time()
        profile(rows)
        took.append(time.process_time() - begun)
    judge("the profile of 100,000 x 50", float(np.median(took)), 1.0, unit=" s")


def judge_keys(_: str) -> None:
    from tests.benchmarks.plan_keys import keys

    keys()


def main(parts: Sequence[str] = ()) -> None:
    print("\nHow a plan's parts hold up.")
    works = {
        "rules": judge_rules,
        "page": judge_page,
        "book": judge_book,
        "writers": judge_writers,
        "kills": judge_kills,
        "cases": judge_cases,
        "profile": judge_profile,
        "keys": judge_keys,
    }
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_DATA_HOME"] = home
        for name, work in works.items():
            if not parts or name in parts:
                work(home)


if __name__ == "__main__":
    main(sys.argv[1:])
