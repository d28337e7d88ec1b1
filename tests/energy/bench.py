"""`python -m tests.energy.bench`: the meter's promises in numbers, each beside what it must reach.

Timings need a quiet machine; the statistics come from scripted clocks and are the same everywhere.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from pathlib import Path

import numpy as np

from greenlatent.energy import Calibration, Meter, Model, Rapl
from greenlatent.energy.forecast import forecast
from greenlatent.energy.marks import Clock
from tests.benchmarks import judge

from .counting.test_attribution import errors_and_coverage, replayed, steady
from .simulated import Lagging, Machine, Source
from .sources.test_rapl import Powercap
from .test_budget import COURSES, course, up_to
from .test_calibration import published


def marks() -> None:
    meter = Meter([Model()], calibration=False)
    meter.start()
    windows = [timeit.timeit(lambda: meter.mark("train"), number=2000) / 2000 * 1e6 for _ in range(30)]
    stamps = [timeit.timeit(meter.stamp, number=200) / 200 * 1e6 for _ in range(10)]
    meter.stop()
    judge("mark, median of windows, microseconds", statistics.median(windows), 5)
    judge("stamp, median, microseconds", statistics.median(stamps), 20)


def overhead() -> None:
    """Twenty seconds of 2 ms steps of two kinds, beside RAPL counters in files that a thread turns."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Powercap(
            Path(folder) / "powercap", {"intel-rapl:0": ("package-0", 0), "intel-rapl:0:0": ("dram", 0)}
        )
        ended = threading.Event()

        def turn():
            count = 0
            while not ended.wait(0.02):
                count += 400_000
                tree.turn("intel-rapl:0", count)

        thread = threading.Thread(target=turn)
        thread.start()
        meter = Meter([Rapl(tree.root), Model()], calibration=False)
        meter.start()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            meter.mark("train")
            time.sleep(0.0015)
            with meter.doing("feedback"):
                time.sleep(0.0005)
        meter.stop()
        ended.set()
        thread.join()
    judge("the whole meter, share of one core, %", 100 * meter.overhead, 1)
    ring = list(meter._book.ring)
    reads = [
        timeit.timeit(lambda: meter._per("train", 1.0, ring), number=5, timer=time.process_time)
        for _ in range(5)
    ]
    judge("per(kind), worked out once a second, milliseconds", statistics.median(reads) / 5 * 1e3, 10)


def attribution() -> None:
    for lag in (0.0, 0.055):
        errors, held = errors_and_coverage(200, period=0.1, jitter=0.05, lag=lag)
        name = f"2 and 3 ms steps, 100 ms counter, lag {lag * 1e3:.0f} ms, 200 seeds"
        judge(f"{name}: mean error, %", 100 * errors.mean(), 1)
        judge(f"{name}: 95th percentile, %", 100 * np.quantile(errors, 0.95), 1.5)
        judge(f"{name}: intervals that cover, %", 100 * held, 93, least=True)
    ledger = steady().ledger()
    merged = ledger["train"].merged == ("feedback",) and ledger["feedback"].merged == ("train",)
    judge("steady 2 + 0.1 ms: merged into one line", merged, 1, least=True)
    truth, meter = replayed(15.0, period=0.1, jitter=0.03)
    drawn = meter._ledger.accounts[0].channel.machine.joules[-1]
    judge("recorded digits run: error of the total, %", 100 * abs(meter.total.value / drawn - 1), 1)
    lines = meter.ledger()
    right = [
        bool(lines[kind].merged) or lines[kind].low <= joules <= lines[kind].high
        for kind, joules in truth.items()
    ]
    judge("recorded digits run: kinds merged or within their interval", np.mean(right), 1, least=True)


def model() -> None:
    machine = Machine()
    meter = machine.meter(Model())
    meter.mark("waiting")
    machine.work(30, cpu=0)
    meter.stop()
    judge("30 s of waiting, low end, joules", meter.ledger()["waiting"].low, 0.001, least=True)
    # Time is our processor time shared by the processors, plus our waits: others' work does not get into it.
    cpus, waited = round(Model().cpus or 1), [0.0]
    clock = Clock(now=lambda: round((time.process_time() / cpus + waited[0]) * 1e9))
    matrix, watts = np.ones((400, 400)), []

    def work(end):
        while time.process_time() < end:
            matrix @ matrix

    for busy in (True, False):
        with Meter([Model()], calibration=False, clock=clock) as meter:
            if busy:
                end = time.process_time() + 4 * cpus
                threads = [threading.Thread(target=work, args=(end,)) for _ in range(cpus)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            else:
                waited[0] += 4
            watts.append(meter.total.value / meter.seconds)
    judge("model source: all processors busy over asleep", watts[0] / watts[1], 3, least=True)


def calibration() -> None:
    errors, raw = [], []
    for seed in range(500):
        runs, wall = published(np.random.default_rng(seed), 45)
        found = Calibration.fit(runs[:5])
        for run, true in zip(runs[5:], wall[5:], strict=True):
            errors.append(abs(found.gain * run.counted + found.watts * run.seconds - true) / true)
            raw.append(abs(run.counted - true) / true)
    print(f"     (without calibration {100 * np.median(raw):.1f} %)")
    judge("calibration from 5 runs, median error, %", 100 * np.median(errors), 5)


def imports() -> None:
    clock = "time.process_time()"  # so that other work on the machine does not count
    code = f"import time, numpy; t = {clock}; import greenlatent.energy; print({clock} - t)"
    with tempfile.TemporaryDirectory() as folder:  # compiled once, as an installation is
        compiled = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        compiled.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", code]
        taken = [float(subprocess.check_output(command, env=compiled)) * 1e3 for _ in range(8)]
    print(f"     (the first time, with compiling, {taken[0]:.0f} ms)")
    judge("import beyond numpy, median, milliseconds", statistics.median(taken[1:]), 60)


def forecasts() -> None:
    errors, spans = [], []
    for path in COURSES:
        points = course(path)
        told = forecast(up_to(points, 0.2), "train", points[-1].units["train"])
        errors.append(abs(told.value / points[-1].joules - 1))
        spans.append((told.low, points[-1].joules, told.high))
    held = [low <= true <= high for low, true, high in spans]
    judge("forecast at 20 % of recorded runs, intervals that cover, %", 100 * np.mean(held), 80, least=True)
    judge("forecast at 20 % of recorded runs, mean error, %", 100 * np.mean(errors), 10)


def comparison() -> None:
    from .sources.test_sampled import Plug

    told = []
    for seed in range(10):
        machine, random = Machine(seed), np.random.default_rng(seed)
        plug = Source(Plug(machine, scale=1.12), name="plug")
        card = Source(Lagging(machine, period=0.1, seed=seed), name="card")
        meter = machine.meter(plug, card)
        for _ in range(90):
            machine.work(random.uniform(0.5, 1.6), random.choice([60, 90, 120, 200]))
        meter.stop()
        told.append(meter.compare()["plug", "card"])
    print(f"     (the last reads {told[-1]})")
    errors = [abs(ratio.value - 1.12) for ratio in told]
    held = [ratio.low <= 1.12 <= ratio.high for ratio in told]
    judge("two sources 12 % apart, 10 seeds: mean error, points", 100 * np.mean(errors), 1)
    judge("two sources 12 % apart, 10 seeds: intervals that cover, %", 100 * np.mean(held), 90, least=True)


def main() -> None:
    for part in (marks, imports, overhead, model, attribution, calibration, comparison, forecasts):
        part()


if __name__ == "__main__":
    main()
