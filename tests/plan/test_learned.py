"""Learned: a Lab, and a loop of one's own, bring home what they took."""

import time

import pytest

import greenlatent as gl
from greenlatent.plan import Workload
from greenlatent.plan.project.book import PlanBook

from ..parts import digit_samples, net


def heard(plan, steps):
    """The only row, once the pause after so many steps was told."""
    until = time.monotonic() + 20
    while not (plan.learned and plan.learned[0].steps == steps):
        assert time.monotonic() < until, plan.learned
        time.sleep(0.001)
    (row,) = plan.learned
    return row


def ample():
    """What is planned would do, but on a machine that stalls or that others load."""
    return gl.Budget(joules=1_000)


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


def test_a_lab_becomes_experience_when_it_pauses_and_one_row_however_often(plan):
    train, valid = digit_samples()
    with plan.lab(
        net(), train, valid=valid, latent="encoder", epochs=3, session=False, budget=ample()
    ) as lab:
        lab.step(20)
        first = heard(plan, 20)
        lab.step(20)
        second = heard(plan, 40)
    assert (first.steps, second.steps) == (20, 40)
    assert second.processor_seconds > first.processor_seconds > 0
    assert second.planned.value == pytest.approx(2 * first.planned.value)
    assert second.joules.known and second.score == pytest.approx(lab.accuracy)
    assert second.inside == (
        second.planned_processor_seconds.low
        <= second.processor_seconds
        <= second.planned_processor_seconds.high
    )
    assert len(plan.experience.runs) == 1
    again = gl.Plan("mine", home=plan.folder.parent)
    assert [run.steps for run in again.experience.runs] == [40]


def test_a_run_that_starts_again_is_a_run_of_its_own(plan):
    train, _ = digit_samples()
    with plan.lab(net(), train, latent="encoder", epochs=3, session=False, budget=ample()) as lab:
        lab.step(20)
        heard(plan, 20)
        lab.trainer.reset()
        lab.step(30)
    assert [row.steps for row in plan.learned] == [20, 30]
    first, second = plan.experience.runs
    assert second.processor_seconds < 10 * first.processor_seconds and (first.steps, second.steps) == (20, 30)
    assert second.processor_seconds < lab.meter.processor_seconds_of("train")


def test_a_lab_has_a_budget_at_the_high_end_unless_one_is_given(plan):
    train, valid = digit_samples()
    with plan.lab(net(), train, valid=valid, latent="encoder", epochs=3, session=False) as lab:
        high = plan.estimate(net(), train=train, epochs=3).training.high
        assert high < lab.budget.joules < high * 1.1 + 1.1
    mine = gl.Budget(joules=77)
    with plan.lab(net(), train, latent="encoder", epochs=3, session=False, budget=mine) as lab:
        assert lab.budget is mine and mine.joules == 77 and mine.planned is not None


def test_the_panel_of_the_meter_says_what_was_planned_and_where_it_goes(plan):
    from greenlatent.run.costs.spending import spending

    train, _ = digit_samples()
    with plan.lab(net(), train, latent="encoder", epochs=3, session=False, budget=ample()) as lab:
        assert spending(lab.budget, lab.meter, lab.trainer)["forecast"].startswith("Planned ")
        lab.step(30)
        said = spending(lab.budget, lab.meter, lab.trainer)["forecast"]
    assert said.startswith("Planned ") and " J, on course for " in said


def test_a_loop_of_ones_own_is_recorded_beside_its_plan(plan):
    work = Workload(flops=1e7, operations=2000.0, elements=1e5, steps=20.0)
    with gl.Meter() as meter:
        for _ in range(20):
            with meter.doing("train"):
                sum(range(100_000))
    found = plan.record(work, meter, score=0.9)
    (kept,) = plan.learned
    assert kept == found and found.score == 0.9 and kept.joules_ratio == found.joules_ratio
    assert found.processor_seconds == pytest.approx(meter.processor_seconds_of("train"))
    assert found.ratio == pytest.approx(found.processor_seconds / found.planned_processor_seconds.value)
    assert ("inside" in str(found)) == found.inside


def test_a_record_of_nothing_is_refused_with_what_to_do(plan):
    with gl.Meter() as meter:
        pass
    with pytest.raises(ValueError, match=r"took no time.*mark the work with meter.doing\('train'\)"):
        plan.record(Workload(flops=1e6, operations=10.0), meter)
    with pytest.raises(TypeError, match="record takes a Workload and the Meter"):
        plan.record(3, meter)
    with pytest.raises(ValueError, match="give a finite score"):
        plan.record(Workload(flops=1e6, operations=10.0), meter, score=float("nan"))
    assert plan.learned == []


def test_what_runs_taught_is_there_after_the_plan_is_opened_again(tmp_path):
    plan = gl.Plan("mine", by="ann", home=tmp_path)
    with gl.Meter() as meter, meter.doing("train"):
        sum(range(2_000_000))
    work = gl.plan.Workload(flops=1e7, operations=1e4)
    said = plan.record(work, meter, score=0.9)
    (found,) = gl.Plan("mine", home=tmp_path).learned
    assert (found.name, found.score, found.processor_seconds) == (said.name, 0.9, said.processor_seconds)
    assert found.joules.value == said.joules.value and str(found) == str(said)
    other = gl.Plan("theirs", by="ben", home=tmp_path)
    assert other.merge(plan.folder) == 1 and len(other.learned) == 1 and other.merge(plan.folder) == 0
    assert not plan.undo() and len(plan.learned) == 1 and plan.versions[0].by == "ann"


def test_a_line_that_is_no_lesson_is_left_out(tmp_path, caplog):
    plan = gl.Plan("mine", home=tmp_path)
    PlanBook(plan.folder, "me").say("run", a=3, b={"name": "mlp"})
    assert plan.learned == [] and "is no lesson" in caplog.text
