"""A budget is kept to within a step, can be set from page and code, and what comes next is forecast."""

import pytest
import torch

import greenlatent as gl
from greenlatent.energy import Model, Watts
from greenlatent.run.costs.spending import next_epoch, spending
from greenlatent.training.trainer import Trainer

from ...energy.simulated import Lagging, Machine, Source
from ...lab.test_lab import Page
from ...lab.test_panels import heard
from ...parts import clusters, linear_net, same, weights
from ..test_runner import wait_for


@pytest.fixture
def lab():
    meter = gl.Meter([Watts(lambda: 50.0, every=0.01, name="bench")], calibration=False)
    train = clusters()
    lab = gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1, session=False, meter=meter)
    yield lab
    lab.close()


def test_training_pauses_when_the_budget_is_spent_and_goes_on_when_it_is_raised(lab):
    lab.budget = gl.Budget(joules=15)
    lab.start()
    assert lab.wait(30)
    steps = lab.trainer.steps
    assert steps > 0 and lab.budget.share == 1.0 and lab.budget.spent.value >= 15
    with pytest.raises(RuntimeError, match=r"of 15 J are spent: .*raise_to"):
        lab.step()
    with pytest.raises(RuntimeError, match="raise the budget"):
        lab.start()
    lab.budget.raise_to(joules=10_000)
    lab.step(5)
    assert lab.trainer.steps == steps + 5
    lab.budget = gl.Budget(seconds=0.05)
    assert lab.step(10**6).steps < 10**6, "steps that are waited for are budgeted, too"
    lab.budget = None
    lab.step(5)
    with pytest.raises(TypeError, match="Budget"):
        lab.budget = 5


def test_the_page_sets_the_budget_and_sees_what_is_left(lab):
    page = Page(lab)
    page.press("budget", joules=20)
    wait_for(lambda: heard(page, "meter")[-1]["budget"]["joules"] == 20)
    page.press("start")
    assert lab.wait(30)
    wait_for(lambda: heard(page, "meter")[-1]["budget"]["share"] == 1.0)
    assert "of 20 J" in heard(page, "meter")[-1]["budget"]["text"]
    wait_for(lambda: page.status()["message"].startswith("Paused: "))
    page.press("start")
    assert "of 20 J are spent: raise the budget" in page.last(("error",))["text"]
    page.press("budget", joules=10_000)
    page.press("step", n=3)
    assert lab.wait(30)
    assert lab.budget.joules == 10_000
    page.press("budget", joules=-1)
    assert "positive" in page.last(("error",))["text"]
    page.press("budget", joules=None)
    assert lab.budget is None


@pytest.mark.whole
def test_an_epoch_more_is_forecast_with_its_interval(lab):
    assert not next_epoch(lab.meter, lab.trainer).known
    assert spending(None, lab.meter, lab.trainer) == {
        "budget": {"joules": None, "share": None, "text": ""},
        "forecast": "",
    }
    lab.start(pace=200)
    wait_for(lambda: next_epoch(lab.meter, lab.trainer).known, 120)
    lab.pause()
    begun = lab.meter.total.value
    wait_for(lambda: lab.meter.total.value > begun + 20)  # several epochs' worth of waiting
    epoch = next_epoch(lab.meter, lab.trainer)
    assert epoch.low < epoch.value < epoch.high
    assert spending(gl.Budget(joules=1e6), lab.meter, lab.trainer)["forecast"].startswith("An epoch more")


def test_a_budgeted_run_that_nobody_watches_gives_a_sign_of_life(lab, monkeypatch):
    page = Page(lab)
    lab.budget = gl.Budget(joules=1e6)
    page.say("hello", view="v", open=False)
    page.heard.clear()
    lab._dashboard.beat()
    assert page.heard == [], "nothing runs"
    lab.start()
    wait_for(lambda: lab.trainer.steps > 5)
    for _ in range(3):
        lab._dashboard.beat()
    assert [header["type"] for header, _ in page.heard] == ["alive"]
    lab.budget, lab._dashboard.presence._alive = None, 0.0
    lab._dashboard.beat()
    assert len(page.heard) == 1, "without a budget a server may end it"


def test_on_binder_training_pauses_when_nobody_watches(lab, monkeypatch):
    monkeypatch.setenv("BINDER_SERVICE_HOST", "here")
    page = Page(lab)
    lab.budget = gl.Budget(joules=1e6)
    lab.start()
    lab._dashboard.beat()
    assert lab.runner.running, "somebody looks"
    page.say("hello", view="v", open=False)
    lab._dashboard.presence._watched -= 1000
    lab._dashboard.beat()
    assert lab.wait(10) and heard(page, "alive") == []
    page.say("hello", view="v", open=True)
    wait_for(lambda: page.status()["message"] == "Training paused: nobody was watching.")


def test_training_without_a_budget_pauses_when_its_cell_is_gone_but_not_when_it_is_shown_anew(lab):
    page = Page(lab)
    now = [0.0]
    lab.widget._channel.clock = lambda: now[0]
    lab.start()
    page.say("hello", view="v", open=False)
    now[0] = 100.0
    lab._dashboard.beat()
    assert lab.runner.running, "it is only out of sight"
    page.say("hello", view="v", open=False, gone=True)
    page.say("hello", view="w", open=True)
    now[0] = 200.0
    lab._dashboard.beat()
    assert lab.runner.running, "it is shown anew"
    page.say("hello", view="w", open=False, gone=True)
    lab._dashboard.beat()
    assert lab.runner.running, "it may be shown anew in a moment"
    now[0] = 210.0
    lab.budget = gl.Budget(joules=1e6)
    lab._dashboard.beat()
    assert lab.runner.running, "a budget allows it"
    lab.budget = None
    lab._dashboard.beat()
    assert lab.wait(10)
    page.say("hello", view="x", open=True)
    wait_for(lambda: "its cell is gone" in page.status()["message"])


def idle_run(budget=None):
    """A run of 40 steps on a machine with a clock of its own, 10 ms and 20 W each, then five idle minutes at 5 W."""
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.01)))

    def loss(output, y):
        machine.work(0.01, 20.0)
        return torch.nn.functional.cross_entropy(output, y, reduction="none")

    t = Trainer(linear_net(), clusters(), latent="0", batch_size=8, threads=1, loss=loss, meter=meter)
    if budget is not None:
        budget.start(meter)
    t.step(40)
    t.mark("waiting")
    machine.work(300, 5.0)
    t.mark(None)
    return machine, meter, t


def test_waiting_for_five_minutes_makes_no_epoch_and_no_focus_dearer():
    _, meter, t = idle_run()
    try:
        assert meter.ledger()["waiting"].value == pytest.approx(1500, rel=0.05)
        epoch = next_epoch(meter, t)
        a_sample = 40 * 0.01 * 20.0 / t.passes
        assert epoch.value == pytest.approx(len(t.train) * a_sample, rel=0.3)
        assert epoch.low < epoch.value < epoch.high < 2 * epoch.value
        told = spending(None, meter, t)["forecast"]
        assert told.startswith("An epoch more will take about 1.")
    finally:
        t.close()
        meter.stop()


def test_a_budget_counts_waiting_apart_and_says_so():
    budget = gl.Budget(joules=20)
    _, meter, t = idle_run(budget)
    try:
        assert budget.reached(meter) is None and budget.spent.value == pytest.approx(8, rel=0.3)
        assert budget.waited.value == pytest.approx(1500, rel=0.05) and budget.share < 0.6
        said = spending(budget, meter, t)["budget"]["text"]
        assert "of 20 J" in said and "waiting for you took 1,5" in said and "no budget counts" in said
        steps = t.steps
        while budget.reached(meter) is None:
            t.step()
        assert 20 / 0.2 - 41 <= t.steps - steps <= 20 / 0.2 - 38, "to within a step, after a long wait, too"
    finally:
        t.close()
        meter.stop()


def test_joules_are_written_as_people_write_them():
    from greenlatent.energy.names import plain

    assert [plain(v) for v in (1e5, 9.634, 0.0016, 20, 0, 1500.4)] == [
        "100,000",
        "9.63",
        "0.0016",
        "20",
        "0",
        "1,500",
    ]


def test_joules_on_the_page_follow_the_meter_while_paused(lab):
    page = Page(lab)
    lab.step(3)
    wait_for(lambda: not lab.runner.running and heard(page, "meter")[-1]["per"] is not None)
    begun = heard(page, "meter")[-1]["total"]["value"]
    wait_for(lambda: heard(page, "meter")[-1]["total"]["value"] > begun + 60)
    assert lab.trainer.steps == 3, "nothing but time has passed"


def test_before_the_first_step_a_page_with_a_total_says_so_and_not_that_nothing_is_measured(lab):
    page = Page(lab)
    wait_for(lambda: lab.meter.total.known)
    lab.runner.call(lab._dashboard.tell)
    assert (page.status()["energy"], page.status()["unread"]) == (None, "no step yet")


def test_a_budget_that_is_spent_and_raised_in_mid_run_goes_on_to_the_same_weights_bit_for_bit():
    """Whatever step it ends at, so many steps in two parts are those of one run."""
    ends = []
    for joules in (None, 0.02):
        meter = gl.Meter([Model()], calibration=False)
        options = {"latent": "0", "batch_size": 8, "threads": 1, "lr": 0.01, "session": False, "meter": meter}
        with gl.Lab(linear_net(), clusters(), valid=clusters(), **options) as lab:
            if joules is not None:
                lab.budget = gl.Budget(joules=joules)
                assert lab.step(400).steps < 400, "it ended on the way"
                at = lab.trainer.steps
                lab.budget.raise_to(joules=1e6)
                lab.step(400 - at)
            else:
                lab.step(400)
            assert lab.trainer.steps == 400
            ends.append(weights(lab.trainer.model))
    assert same(*ends)
