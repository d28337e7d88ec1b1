"""A focus ends where it was to end, takes its weight back, and says what it cost."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.energy import Model

from ..parts import clusters, digit_samples, linear_net, net, same, weights


@pytest.fixture
def lab():
    train, valid = digit_samples()
    rare = np.flatnonzero(train.y.numpy() == 8)[8:]
    train = train.take(np.setdiff1d(np.arange(len(train)), rare))  # eight of class 8 are left
    meter = gl.Meter([Model()], calibration=False)
    options = {
        "latent": "encoder",
        "batch_size": 64,
        "threads": 1,
        "lr": 3e-3,
        "session": False,
        "meter": meter,
    }
    with gl.Lab(net(), train, valid=valid, **options) as lab:
        lab.step(epochs=4)
        yield lab


def test_a_rare_class_is_met_more_often_until_it_is_told_right_and_then_as_before(lab):
    before = lab.trainer.steps
    found = lab.focus("class", "8", until=0.8, weight=10, floor=0.1)
    assert found.end == "reached" and found.group[0] < 0.8 <= found.group[1]
    assert found.steps == lab.trainer.steps - before and found.joules.known
    assert [event.do for event in lab.journal] == ["add", "mute"] and not lab.journal.active
    lab.step(1)
    assert (lab.trainer.mending.weights == 1).all()
    assert str(found).startswith("class '8' reached 80% after ") and "the others" in str(found)
    again = lab.focus("class", "8", until=0.5)
    assert again.end == "there already" and again.steps == 0 and "nothing was done" in str(again)


def test_it_ends_where_the_overall_accuracy_falls_below_the_floor(lab):
    for group in lab.trainer.stepper.optimizer.param_groups:
        group["lr"] = 1.0  # ruins the net
    found = lab.focus("class", "8", until=0.8, floor=0.05)
    assert found.end == "floor" and found.overall[1] < found.overall[0] - 0.05
    assert "overall accuracy fell" in str(found)
    assert not lab.journal.active


def test_after_a_fall_it_trains_on_as_before_until_that_is_made_good(lab, monkeypatch):
    steady = [group["lr"] for group in lab.trainer.stepper.optimizer.param_groups]

    def rates(values):
        for group, rate in zip(lab.trainer.stepper.optimizer.param_groups, values, strict=True):
            group["lr"] = rate

    state = {name: value.clone() for name, value in lab.trainer.network.model.state_dict().items()}
    rates([1.0] * len(steady))  # ruins the net

    def mended(*line, mute=lab.journal.mute, **by):
        mute(*line, **by)  # from here on the group counts as before
        rates(steady)
        lab.trainer.network.model.load_state_dict(state)

    monkeypatch.setattr(lab.journal, "mute", mended)
    found = lab.focus("class", "8", until=0.8, floor=0.05)
    assert found.end == "floor" and found.lowest < found.overall[0] - 0.05
    assert found.overall[1] >= found.overall[0] - 0.05
    assert (
        f"fell from {found.overall[0]:.1%} to {found.lowest:.1%}, and is {found.overall[1]:.1%} now"
        in str(found)
    )


def test_a_budget_ends_it_within_a_step_and_leaves_the_runs_own_alone(lab):
    own = lab.budget = gl.Budget(joules=1e6)
    found = lab.focus("class", "8", until=1.0, floor=0.9, budget=gl.Budget(joules=0.05))
    assert found.end == "budget" and lab.budget is own
    assert "its budget is spent" in str(found) and not lab.journal.active
    one = found.joules.value / found.steps
    assert found.joules.value < 0.05 + 20 * one, "a look comes after the last step"


def test_without_a_name_it_is_the_worst_group_that_can_be_judged(lab):
    worst = lab.groups()[0]
    found = lab.focus(until=0.999, budget=gl.Budget(joules=0.01))
    assert (found.name, found.value) == (worst.name, worst.value) == ("class", "8")


def test_without_a_budget_it_ends_after_as_many_steps_as_the_run_had(lab):
    found = lab.focus("class", "8", until=1.0, weight=1.01, floor=0.9, progress=lambda share: None)
    assert found.end in ("steps", "reached")
    assert lab.focus("class", "8", until=1.0, floor=0.9, progress=lambda share: False).end in (
        "paused",
        "reached",
    )


def test_a_focus_is_replayed_from_its_journal():
    train, valid = clusters(), clusters(seed=0)
    options = {"latent": "0", "batch_size": 8, "threads": 1, "valid": valid}
    with gl.Lab(linear_net(), train, session=False, **options) as lab:
        lab.step(4)
        lab.focus("class", "class 1", until=1.0, floor=0.9)
        lab.step(10)
        journal, steps, end = lab.journal, lab.trainer.steps, weights(lab.trainer.model)
        again = gl.replay(journal, linear_net(), train, steps=steps, valid=valid)
    assert same(weights(again.model), end)
    again.close()


def test_what_cannot_be_focused_on_is_refused_in_a_sentence(lab):
    for wrong, said in (
        ({"until": 0}, "until"),
        ({"until": 90}, "until is a number above 0, at most 1, got 90"),
        ({"weight": 1}, "weight"),
        ({"floor": -1}, "floor"),
        ({"budget": 5}, r"gl\.Budget"),
        ({"budget": gl.Budget(point=1)}, r"gl\.Budget\(joules"),
    ):
        with pytest.raises((ValueError, TypeError), match=said):
            lab.focus("class", "8", **wrong)
    with pytest.raises(ValueError, match="no group 'wearer'; groups: class"):
        lab.focus("wearer", "3")
    with pytest.raises(ValueError, match="eight"):
        lab.focus("class", "eight")
    lab.start()
    with pytest.raises(RuntimeError, match="pause"):
        lab.focus("class", "8")
    lab.pause()
    assert not len(lab.journal)
    for valid, said in ((None, "pass valid="), (clusters(), "before the first step")):
        bare = gl.Lab(linear_net(), clusters(), valid=valid, latent="0", session=False)
        with bare, pytest.raises(ValueError, match=said):
            bare.focus("class", "class 1")
