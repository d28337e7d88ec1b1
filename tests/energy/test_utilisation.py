import math

import pytest

from greenlatent.energy import Meter, Model
from greenlatent.energy.machine import cpus
from greenlatent.energy.sources import Nvml

from .fake_nvml import Card
from .simulated import Machine


def work(machine, meter, kind, seconds, cpu):
    with meter.doing(kind):
        machine.work(seconds, watts=10, cpu=cpu)


def test_of_the_processors_it_is_our_own_time_over_that_of_those_we_may_use():
    machine = Machine()
    meter = machine.meter(Model())
    work(machine, meter, "train", 10, 0.8)
    work(machine, meter, "view", 5, 0.1)
    meter.stop()
    train, view = meter.utilisation("train"), meter.utilisation("view")
    assert train.processors * train.of == pytest.approx(0.8, abs=0.01) and train.of == cpus()
    assert view.processors * view.of == pytest.approx(0.1, abs=0.01)
    assert (train.seconds, view.seconds) == (pytest.approx(10, abs=0.1), pytest.approx(5, abs=0.1))
    assert math.isnan(train.card)


def test_seconds_of_little_use_are_counted_and_said(monkeypatch):
    monkeypatch.setattr("greenlatent.energy.meter.cpus", lambda: 1.0)
    machine = Machine()
    meter = machine.meter(Model())
    work(machine, meter, "train", 6, 0.9)
    work(machine, meter, "train", 4, 0.1)
    meter.stop()
    found = meter.utilisation("train")
    assert found.little == pytest.approx(4, abs=1.2)  # a look a second
    assert "below 30% for" in str(found) and "useful steps" in str(found)
    work_only = machine.meter(Model())
    work(machine, work_only, "train", 6, 0.9)
    work_only.stop()
    assert work_only.utilisation("train").little == 0 and "below" not in str(work_only.utilisation("train"))


def test_of_a_card_it_is_what_the_driver_tells_while_the_kind_was_going_on(install):
    machine = Machine()
    card = Card(machine)
    install(card)
    meter = machine.meter(Nvml(), Model())
    card.busy = 90
    work(machine, meter, "train", 10, 1.0)
    card.busy = 10
    work(machine, meter, "evaluate", 10, 1.0)
    meter.stop()
    train, evaluate = meter.utilisation("train"), meter.utilisation("evaluate")
    # a look a second: the one after the change tells of a second of the kind before
    assert train.card == pytest.approx(0.9, abs=0.1) and train.little < 1.5
    assert evaluate.card == pytest.approx(0.1, abs=0.1) and evaluate.little == pytest.approx(10, abs=1.5)
    assert "of the time of the card" in str(train)


def test_a_card_that_does_not_tell_leaves_the_processors(install):
    machine = Machine()
    card = Card(machine)
    card.tells_more = False
    install(card)
    meter = machine.meter(Nvml(), Model())
    work(machine, meter, "train", 3, 1.0)
    meter.stop()
    assert math.isnan(meter.utilisation("train").card)


def test_a_kind_that_nobody_did_took_no_time():
    meter = Meter([Model()])
    found = meter.utilisation("train")
    assert found.seconds == 0 and math.isnan(found.processors) and "no time" in str(found)
    with pytest.raises(TypeError, match="kind="):
        meter.utilisation(3)
