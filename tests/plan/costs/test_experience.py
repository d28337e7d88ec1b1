"""Experience: what planted machines and planted costs teach, and what is not believed."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.energy.intervals import student
from greenlatent.plan.costs import experience as own
from greenlatent.plan.costs.experience import Experience, Past, append, read
from greenlatent.plan.costs.speeds import shipped
from greenlatent.plan.models import words
from greenlatent.plan.models.workload import Workload


def works(n: int, seed: int = 0, families=("mlp", "cnn", "gru", "lstm", "transformer")) -> list[Workload]:
    rng = np.random.default_rng(seed)
    sizes = {"transformer": ("16", "32-32", "64-64-64")}
    found = []
    for k in range(n):
        family = families[k % len(families)]
        size = str(rng.choice(sizes.get(family, ("16", "64", "32-64", "128-128"))))
        shape = (int(rng.integers(8, 400)),) if family == "mlp" else (3, int(rng.integers(8, 24)), 8)
        batch = int(rng.choice([16, 64, 128]))
        found.append(words.workload(family, size, rows=1000, shape=shape, classes=5, batch=batch).times(100))
    return found


def run(work: Workload, factor: float = 1.0, **more) -> Past:
    terms = shipped().terms(work)
    took = sum(terms) * work.steps * factor
    return Past.of(work, terms, processor_seconds=took, seconds=took, **more)


def correction(experience: Experience, work: Workload, **more):
    return experience.correction(work, shipped().terms(work), **more)


def test_a_machine_that_is_twice_as_slow_is_learned():
    experience = Experience(run(work, 2.0) for work in works(10))
    for work in works(10, seed=1):
        assert correction(experience, work).factor == pytest.approx(2, rel=0.12)


def test_nothing_known_leaves_an_estimate_as_it_is_and_wide():
    found = correction(Experience(), works(1)[0])
    assert found.factor == 1 and found.runs == 0
    assert 2 < math.exp(student(found.freedom) * found.deviation) < 3
    unmeasured = correction(Experience(), works(1)[0], measured=False)
    assert 4.5 < math.exp(student(unmeasured.freedom) * unmeasured.deviation) < 5.7


def test_a_wrong_cost_per_operation_is_learned_as_such_and_not_as_a_wrong_family():
    """Small mlps, all operations, take twice as long; large ones, all FLOPs, are as estimated."""

    def mlp(many: bool) -> Workload:
        return replace(
            Workload(1e4, operations=200.0, steps=50.0)
            if many
            else Workload(3e9, operations=20.0, steps=50.0),
            family="mlp",
        )

    runs = [
        run(replace(mlp(many), steps=50.0 + k), 2.0 if many else 1.0)
        for many in (True, False)
        for k in range(6)
    ]
    experience = Experience(runs)
    cnn_of_operations = Workload(1e4, operations=100.0, family="cnn")
    cnn_of_flops = Workload(3e9, operations=10.0, family="cnn")
    slow, quick = (correction(experience, work).factor for work in (cnn_of_operations, cnn_of_flops))
    assert slow / quick > 1.25
    assert correction(experience, mlp(True)).factor / correction(experience, mlp(False)).factor > 1.7


def test_intervals_cover_simulated_ledgers_and_become_narrower():
    rng = np.random.default_rng(0)
    inside, widths = [], {0: [], 20: []}
    for _ in range(40):
        machine, family = (
            rng.normal(0, 0.2),
            dict(zip(("mlp", "cnn", "gru", "lstm", "transformer"), rng.normal(0, 0.2, 5), strict=True)),
        )
        found = works(30, seed=int(rng.integers(1e6)))
        true = {id(work): math.exp(machine + family[work.family] + rng.normal(0, 0.12)) for work in found}
        for known in widths:
            experience = Experience(run(work, true[id(work)]) for work in found[:known])
            for work in found[25:]:
                each = correction(experience, work)
                half = student(each.freedom) * each.deviation
                inside.append(abs(math.log(true[id(work)]) - each.shift) <= half)
                widths[known].append(half)
    assert np.mean(inside) >= 0.88
    assert np.median(widths[20]) < 0.7 * np.median(widths[0])


def test_a_support_vector_machine_stays_wide():
    svm, tree = (
        words.workload(name, None, rows=1000, shape=20, classes=3, batch=1) for name in ("svm", "tree")
    )
    assert correction(Experience(), svm).family > 2 * correction(Experience(), tree).family


def test_a_run_of_another_machine_tells_of_the_shape_and_not_of_the_speed():
    there = Experience(run(work, 5.0, machine="another") for work in works(12))
    here = Experience(run(work, 5.0) for work in works(12))
    work = works(1, seed=3)[0]
    assert correction(here, work).factor > 4
    assert 0.8 < correction(there, work).factor < 1.25
    assert not there.here and len(here.here) == 12


def test_runs_of_other_machines_never_push_out_own_ones():
    own = [run(work, 2.0) for work in works(20)]
    others = [run(works(40)[k % 40], 0.3, machine="another") for k in range(420)]
    found = correction(Experience([*own, *others]), works(1, seed=3)[0])
    assert found.runs == 20 and found.elsewhere == 380
    assert found.factor == pytest.approx(2, rel=0.15)


def test_a_run_of_another_machine_does_tell_of_the_shape():
    """There a recurrent net takes four times as long beside all others, however fast that machine is."""
    strange = {"gru": 4.0}
    there = Experience(run(work, 3 * strange.get(work.family, 1.0), machine="another") for work in works(60))
    gru, mlp = (works(1, seed=3, families=(name,))[0] for name in ("gru", "mlp"))
    assert correction(there, gru).factor / correction(there, mlp).factor > 1.5


def test_a_run_that_is_far_off_alone_waits_for_another_and_is_named():
    first = works(3)
    before = correction(Experience(), first[0]).factor
    for factor in (99.0, 1 / 99, 12.0):
        alone = Experience([run(first[0], factor)])
        assert correction(alone, first[0]).factor == before and correction(alone, first[0]).runs == 0
        assert "times what was estimated, and no other did" in alone.doubted[0]
    both = Experience([run(first[0], 20.0), run(first[1], 15.0)])
    assert correction(both, first[0]).factor > 3 and not both.doubted


@pytest.mark.parametrize("joules", [1e9, 1e300, 1e-12, math.nan, math.inf, -5.0])
def test_joules_that_cannot_be_are_set_aside_with_their_run(tmp_path, joules):
    plan = gl.Plan("mine", home=tmp_path)
    before = plan.estimate("mlp", rows=1000, features=8, classes=3, epochs=2).training.value
    good = run(works(1)[0], joules=5.0, low=4.0, high=6.0, badges={"counter": 1.0})
    plan.folder.mkdir(parents=True)
    told = json.loads(json.dumps(asdict(good))) | {"joules": joules, "low": joules, "high": joules}
    (plan.folder / "experience.jsonl").write_text(json.dumps(told) + "\n")
    again = gl.Plan("mine", home=tmp_path)
    found = again.estimate("mlp", rows=1000, features=8, classes=3, epochs=2)
    assert found.training.value == before and "set aside: line 1 has" in found.why()


@pytest.mark.parametrize(
    "change, why",
    [
        ({"processor_seconds": 0.0}, "took no time"),
        ({"processor_seconds": math.nan}, "a number that is none"),
        ({"seconds": -1.0}, "less than nothing"),
        ({"processor_seconds": 1e9}, "times what was estimated"),
        ({"family": "magic"}, "which nothing here is"),
    ],
)
def test_a_run_that_cannot_be_true_is_set_aside_and_named(change, why):
    experience = Experience([replace(run(works(1)[0]), **change)])
    assert not experience.runs and why in experience.set_aside[0]


def test_lines_are_read_again_and_damaged_ones_are_set_aside_and_named(tmp_path):
    path = tmp_path / "plan" / "experience.jsonl"
    for work in works(3):
        append(path, run(work, 1.5, joules=2.0, badges={"model": 1.0}))
    kept = path.read_text()
    path.write_text(kept + kept.splitlines()[0][:40])  # a process was killed while it wrote
    append(path, run(works(4)[3]))
    found = read(path)
    assert len(found.runs) == 4 and found.set_aside == ["line 4 cannot be read"]
    assert found.runs[0] == run(works(1)[0], 1.5, joules=2.0, badges={"model": 1.0}, at=found.runs[0].at)
    assert not read(tmp_path / "nothing.jsonl").runs


@pytest.mark.parametrize(
    "text", ["null", "[1]", "{}", '{"family": "mlp"}', "[" * 100_000, "\x00", '{"counts": 1}']
)
def test_no_line_stops_the_reading(tmp_path, text):
    path = tmp_path / "experience.jsonl"
    path.write_text(text + "\n")
    append(path, run(works(1)[0]))
    found = read(path)
    assert len(found.runs) == 1 and len(found.set_aside) == 1


@pytest.mark.parametrize(
    "name, value",
    [
        ("badges", None),
        ("badges", [1]),
        ("badges", {"model": "x"}),
        ("at", [1]),
        ("machine", ["a"]),
        ("steps", 10**400),
        ("joules", "5"),
        ("family", ["mlp"]),
        ("run", {}),
        ("counts", {"a": 1}),
        ("processor_seconds", "1"),
        ("versions", 3),
    ],
)
def test_one_damaged_line_is_set_aside_and_stops_no_estimate(tmp_path, name, value):
    plan = gl.Plan("mine", home=tmp_path)
    path = plan.folder / "experience.jsonl"
    good = run(works(1)[0], joules=5.0, low=4.0, high=6.0, badges={"counter": 1.0})
    append(path, good)
    told = json.loads(path.read_text()) | {name: value}
    path.write_text(path.read_text() + json.dumps(told) + "\n")
    found = plan.estimate("mlp", rows=1000, features=8, classes=3, epochs=2)
    assert "line 2" in found.why() and len(plan.experience.runs) == 1


def test_a_line_holds_counts_and_times_and_no_names(tmp_path):
    path = tmp_path / "experience.jsonl"
    append(path, run(replace(works(1)[0], name="secret net")))
    told = json.loads(path.read_text())
    assert "secret" not in path.read_text() and str(tmp_path) not in path.read_text()
    assert {
        "family",
        "batch",
        "steps",
        "processor_seconds",
        "clock",
        "joules",
        "badges",
        "memory",
        "score",
    } <= set(told)


def test_a_run_that_went_on_is_known_by_its_last_line():
    experience = Experience([run(work, run="one") for work in works(3)])
    assert len(experience.runs) == 1


def test_what_runs_leave_of_a_doubt_is_never_less_than_nothing():
    """The parts of one variance, taken from it one by one: by rounding the last was less than 0 in one case of 360."""
    for seed in range(20, 30):
        rng, found = np.random.default_rng(seed), works(6, seed=seed)
        each = correction(
            Experience(run(work, float(rng.lognormal(0, 0.2))) for work in found[:5]), found[-1]
        )
        assert min(each.shared, each.family, each.own) >= 0 and each.deviation > 0


def test_one_set_of_runs_is_factored_once_and_answers_as_solving_each_time_does(monkeypatch):
    rng = np.random.default_rng(3)
    found = [
        run(work, float(factor)) for work, factor in zip(works(60), rng.lognormal(0, 0.3, 60), strict=True)
    ]
    experience, asked = Experience(found), works(12, seed=9)
    factored = []
    cholesky = np.linalg.cholesky
    monkeypatch.setattr(np.linalg, "cholesky", lambda kernel: (factored.append(1), cholesky(kernel))[1])
    got = [correction(experience, work) for work in asked]
    assert len(factored) == 1
    for each, work in zip(got, asked, strict=True):
        wanted = solved(found, work)
        assert (each.shift, each.deviation) == pytest.approx(wanted, rel=1e-9)
    experience.add(run(works(1, seed=5)[0], 4.0))
    again = correction(experience, asked[0])
    assert len(factored) == 2 and again.shift != got[0].shift
    assert again.shift == pytest.approx(solved(experience.runs, asked[0])[0], rel=1e-9)
    correction(experience, asked[0], measured=False)
    assert len(factored) == 3


def solved(runs, work):
    """Shift and deviation, by the kernel itself."""
    asked = Past.of(work, shipped().terms(work), processor_seconds=1.0, seconds=1.0)
    seen, new = own._features(runs), own._features([asked])
    noise = np.diag([own._noise(each) ** 2 for each in runs])
    kernel, off = own._kernel(seen, seen, True) + noise, np.array([each.off for each in runs])
    cross = own._kernel(new, seen, True)[0]
    shift = cross @ np.linalg.solve(kernel, off)
    left = own._prior(asked, True)[0] - cross @ np.linalg.solve(kernel, cross)
    scale = (own.BELIEF + off @ np.linalg.solve(kernel, off)) / (own.BELIEF + len(runs))
    return shift, math.sqrt(left * scale)
