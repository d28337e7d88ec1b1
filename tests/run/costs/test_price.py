"""What a point of accuracy may cost: the rate is lowered, then training pauses; off, nothing differs."""

import json

import pytest
import torch

import greenlatent as gl
from greenlatent.edits import Relabel
from greenlatent.edits.journal import Journal
from greenlatent.energy import Model
from greenlatent.run.costs.price import RATE
from greenlatent.run.costs.spending import spending
from greenlatent.run.run import Run
from greenlatent.run.session import Session
from greenlatent.training.optimizers import MULTIPLY
from greenlatent.training.trainer import Trainer

from ...parts import clusters, linear_net, same, weights

NOTHING = 1e-9  # joules: what costs more than this costs too much
EPOCH = 8  # steps
SCHEDULES = {
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 2, 0.5),
    "MultiStepLR": lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [3, 5], 0.5),
    "ExponentialLR": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
    "MultiplicativeLR": lambda o: torch.optim.lr_scheduler.MultiplicativeLR(o, lambda epoch: 0.9),
    "ConstantLR": lambda o: torch.optim.lr_scheduler.ConstantLR(o, 0.5, 4),
    "LinearLR": lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.5, 1.0, 9),
    "PolynomialLR": lambda o: torch.optim.lr_scheduler.PolynomialLR(o, 9),
}


def made(session=None, **training):
    meter = gl.Meter([Model()], calibration=False)  # read at any time
    options = {"latent": "0", "batch_size": 8, "threads": 1, "valid": clusters(seed=0), **training}
    journal = Journal(session.journal if session else None)
    return Run(Trainer(linear_net(), clusters(), meter=meter, journal=journal, **options), meter, session)


def rates(run):
    return [group["lr"] for group in run.trainer.stepper.optimizer.param_groups]


def test_a_point_that_costs_too_much_lowers_the_rate_twice_and_then_pauses():
    with made(lr=0.01) as run:
        run.budget = gl.Budget(point=NOTHING)
        run.step(epochs=60)
        slowed = [event for event in run.journal if event.do == "slow"]
        assert [event.by for event in slowed] == ["budget"] * 2
        assert rates(run) == pytest.approx([0.01 * RATE**2])
        assert run.trainer.steps < 60 * EPOCH and run.budget.lowered == 2
        assert run.budget.penalty == 1.0
        assert "brought less than a point of accuracy" in run.runner.spent
        with pytest.raises(RuntimeError, match=r"raise_to\(point=\.\.\.\)"):
            run.start()
        told = spending(run.budget, run.meter, run.trainer)["budget"]["point"]
        assert told["share"] == 1.0 and "training pauses. It was lowered twice" in told["text"]
        run.budget.raise_to(point=1e9)
        at = run.trainer.steps
        run.step(5)
        assert run.trainer.steps == at + 5 and run.budget.penalty < 0.01


def test_slow_says_how_often_and_none_only_pauses():
    with made() as run:
        before = rates(run)
        run.budget = gl.Budget(point=NOTHING, slow=0)
        run.step(epochs=60)
        assert rates(run) == before and run.budget.overpriced
    with pytest.raises(ValueError, match="slow"):
        gl.Budget(point=1, slow=-1)


def test_without_a_price_and_with_one_that_is_never_reached_the_run_is_the_plain_one_bit_for_bit():
    found = []
    for budget in (None, gl.Budget(joules=1e9), gl.Budget(point=1e9)):
        with made() as run:
            run.budget = budget
            run.step(epochs=6)
            found.append(weights(run.trainer.model))
    assert same(found[0], found[1]) and same(found[0], found[2])


def test_nothing_is_done_before_a_tenth_of_what_was_granted_nor_without_validation_data():
    with made() as run:
        run.budget = gl.Budget(point=NOTHING)
        run.step(EPOCH * 4)
        few = len(run.journal)
        run.budget = gl.Budget(point=NOTHING)
        heard = []
        run.journal.listen(lambda event: heard.append(run.trainer.steps - EPOCH * 4))
        run.step(EPOCH * 100)
        assert few and heard[0] >= EPOCH * 10
    with made(valid=None) as run:
        run.budget = gl.Budget(point=NOTHING)
        run.step(epochs=30)
        assert run.trainer.steps == 30 * EPOCH and not len(run.journal)
        told = spending(run.budget, run.meter, run.trainer)["budget"]["point"]
        assert "nothing is done" in told["text"]


def test_a_lowered_run_is_replayed_from_its_journal_and_gone_on_with_from_its_checkpoint(tmp_path):
    session = Session(tmp_path / "mine", clusters().fingerprint)
    with made(session, lr=0.01) as run:
        run.step(10)
        run.journal.add(Relabel([3], "class 1"))
        run.budget = gl.Budget(point=NOTHING)
        run.step(epochs=20)
        assert run.budget.lowered == 2
        run.save()
        run.budget = None
        low = rates(run)
        lines = [json.loads(line) for line in session.journal().read_text().splitlines()]
        assert [line["rate"] for line in lines if line.get("do") == "slow"] == [RATE, RATE]
        run.step(7)
        end, steps = weights(run.trainer.model), run.trainer.steps
    again = gl.replay(
        Journal.load(session.journal()), linear_net(), clusters(), steps=steps, valid=clusters()
    )
    assert same(weights(again.model), end)
    again.close()
    with Run.load(tmp_path / "mine", linear_net(), clusters(), valid=clusters()) as run:
        run.step(1)
        assert rates(run) == low
    with made(lr=0.01) as run:
        for _ in range(2):
            run.journal.slow(RATE)
        run.step(8)
        run.trainer.reset()
        run.step(1)
        assert rates(run) == [0.01], "another run has the rate that was given"


def test_a_run_that_begins_again_has_its_rate_and_its_price_anew():
    with made(lr=0.01) as run:
        run.budget = gl.Budget(point=NOTHING)
        run.step(epochs=30)
        assert run.budget.overpriced
        run.trainer.reset()
        assert run.budget.penalty == 0 and run.budget.lowered == 0
        run.step(1)
        assert rates(run) == [0.01]


def test_the_control_of_a_lowered_run_has_its_rates():
    with made(lr=0.01) as run:
        run.step(EPOCH)
        run.journal.slow(RATE)
        run.step(3 * EPOCH)
        found = run.compare()
        assert found.edits == 0
        assert [p.accuracy for p in found.without[0]] == [p.accuracy for p in found.with_you]


@pytest.mark.parametrize("name", MULTIPLY)
def test_a_lowered_rate_stays_lowered_under_a_scheduler_that_multiplies(name):
    course = []
    for slows in (False, True):
        with made(lr=0.01, scheduler=SCHEDULES[name]) as run:
            run.budget = gl.Budget(point=1e9)
            run.step(2 * EPOCH)
            if slows:
                run.journal.slow(RATE)
            mine = []
            for _ in range(6):
                run.step(EPOCH)
                mine.append(rates(run)[0])
            course.append(mine)
    assert course[1] == pytest.approx([RATE * rate for rate in course[0]])


@pytest.mark.parametrize(
    ("name", "schedule"),
    [
        ("LambdaLR", lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch)),
        ("OneCycleLR", lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, 100)),
        ("CosineAnnealingLR", lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)),
    ],
)
def test_a_scheduler_that_sets_the_rate_anew_is_refused_by_name(name, schedule):
    with made(scheduler=schedule) as run:
        with pytest.raises(ValueError, match=f"{name} sets the learning rate anew.*slow=0"):
            run.budget = gl.Budget(point=0.3)
        assert run.budget is None
        run.budget = gl.Budget(point=0.3, slow=0)


def test_two_runs_at_once_have_a_price_each():
    with made(lr=0.01) as one, made(lr=0.01) as other:
        one.budget, other.budget = gl.Budget(point=NOTHING), gl.Budget(point=1e9)
        one.start(epochs=60)
        other.start(epochs=20)
        assert one.wait(60) and other.wait(60)
        assert one.budget.overpriced and other.trainer.steps == 20 * EPOCH and rates(other) == [0.01]


@pytest.mark.parametrize("rate", [0, 1, 2.0, -0.3, True, "0.3", float("nan")])
def test_a_rate_that_lowers_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="above 0 and below 1"):
        Journal().slow(rate)
