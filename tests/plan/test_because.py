"""Because: formulas give the numbers that are said, and name what is not in them."""

import re

import pytest

import greenlatent as gl
from greenlatent.energy.machine import cpus
from greenlatent.plan import Past, Workload

KNOWN = {"rows": 200_000, "features": 64, "classes": 10, "epochs": 20}


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


def line(found, name: str) -> str:
    return next(each for each in found.why().splitlines() if each.startswith(f"{name}:"))


def worked_out(said: str) -> tuple[float, float]:
    """A sum of products as it is written, and what it is said to be."""
    left, right = said.partition(": ")[2].replace(",", "").split(" = ")
    parts = [part.split(" x ") for part in left.split(" + ")]
    value = 0.0
    for part in parts:
        product = 1.0
        for factor in part:
            product *= float(re.match(r"[\d.]+", factor)[0])
        value += product
    return value, float(re.match(r"[\d.]+", right)[0])


def test_the_formula_of_joules_gives_the_number_with_memory(plan):
    value, said = worked_out(line(plan.estimate("mlp", **KNOWN), "joules"))
    assert value == pytest.approx(said, rel=0.02)


def test_the_formula_of_joules_gives_the_number_where_counters_were_read(plan):
    before = plan.estimate("mlp", **KNOWN)
    took = before.processor_seconds.value
    read = {"joules": 30 * took, "low": 29 * took, "high": 31 * took, "badges": {"counter": 1.0}}
    plan.keep(Past.of(before.workload, before.terms, processor_seconds=took, seconds=took, **read))
    said = line(plan.estimate("mlp", **KNOWN), "joules")
    assert "x 30 W" in said and "counters read" in said
    value, told = worked_out(said)
    assert value == pytest.approx(told, rel=0.02)


def test_threads_help_as_far_as_there_are_processors_and_never_a_fit(plan):
    one, many = (plan.estimate("tree", **KNOWN, threads=n) for n in (1, 8))
    assert one.seconds.value == many.seconds.value and "1 of 8 help  [a fit has one" in many.why()
    most, more = (plan.estimate("mlp", **KNOWN, threads=n).seconds.value for n in (int(cpus()), 10**9))
    assert more == pytest.approx(most)


def test_low_precision_here_says_that_it_is_priced_as_fp32(plan):
    said = line(plan.estimate("mlp", **KNOWN, precision="bf16"), "precision")
    assert "bf16 is priced as fp32 is" in said
    assert "priced as fp32" not in plan.estimate("mlp", **KNOWN).why()


def test_what_a_workload_lacks_is_named(plan):
    assert line(plan.estimate(Workload(1e8)), "not given").startswith(
        "not given: operations, elements, parameters: counted as 0"
    )


def test_an_answer_of_a_workload_without_one_is_guessed_and_wide(plan):
    work = Workload(6e8, operations=300.0, elements=3e6, batch=64, steps=10.0)
    found = plan.estimate(work, answers=1000)
    assert found.stages["answer"].value > 0 and "a third of a step, by row" in found.why()
    assert found.answer_seconds.high > 3 * found.answer_seconds.value
    given = plan.estimate(
        Workload(6e8, operations=300.0, answer=Workload(3e6, operations=100.0, kind="infer"))
    )
    assert "a third of a step" not in given.why()
