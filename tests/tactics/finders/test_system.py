"""What is decided around a run is told as figures, on request, and no joule of it is promised."""

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.energy.emissions.hours import queue
from greenlatent.tactics.finders import system
from greenlatent.tactics.finders.system import hours, played
from greenlatent.tactics.offer import Asked

from ...parts import clusters, linear_net
from ..simulated import lab, scripted  # noqa: F401 - a fixture


def test_T9_a_bandit_finds_the_cheapest_size_and_pays_for_what_it_tried():
    rng = np.random.default_rng(0)
    costs = [rng.normal(mean, 0.05, 20) for mean in (2.0, 1.0, 1.5)]
    found = played([8, 16, 32], costs, 200, seed=1)
    assert found.best == 16 and sum(found.pulls) == 200 and 0 < found.regret < 0.1
    by_hand = sum(n * c.mean() for n, c in zip(found.pulls, costs, strict=True)) / (200 * costs[1].mean()) - 1
    assert found.regret == pytest.approx(by_hand)
    assert found == played([8, 16, 32], costs, 200, seed=1), "a seed repeats it"
    assert played([8], costs[:1], 5, seed=0).regret == pytest.approx(0)
    with pytest.raises(ValueError, match="from 3 up, got 2"):
        played([8, 16, 32], costs, 2, seed=0)


def test_T9_its_costs_are_those_of_twins_and_it_is_never_advised_by_itself(scripted):  # noqa: F811
    with lab(train=clusters(160)) as run:
        found = run.advise(steps=400)
        advice = found.of("T9")
        assert advice not in found and advice.how == "what-if" and "never advised" in advice.why
        told = advice.apply()
        assert told.sizes == (4, 8, 16, 32) and told.best == 32, (
            "of scripted costs the largest batch is cheapest"
        )
        assert "regret" in str(told) and run.trainer.steps == 0


def test_T24_other_machines_are_told_from_the_tables_of_a_plan():
    with lab() as run:
        told = run.advise(steps=400).of("T24").apply(devices=["NVIDIA L4"])
        assert list(told) == ["here", "NVIDIA L4"] and all(joules.known for joules in told.values())
        assert told["NVIDIA L4"].high > told["NVIDIA L4"].value and "NVIDIA L4: " in str(told)


def test_T26_a_plan_of_hours_is_begun_where_the_profile_is_lowest():
    profile = [300, 280, 90, 80, 310]
    with lab() as run:
        offer = hours(Asked(run.run, 100, plan=5000.0))
        told = offer.figures(run.run, profile=profile)
        assert told.starts == {"this plan": 2} and told.grams == pytest.approx(10 * 5000 / 7200 * 0.17)
        assert told == queue([system.Job("this plan", 2, 10 * 5000 / 7200)], profile)
        assert offer.figures(run.run, profile=profile, before=3).starts == {"this plan": 1}
        assert hours(Asked(run.run, 100, plan=5.0)).left.startswith(
            "a plan of 5 processor seconds ends in the hour"
        )
        with pytest.raises(ValueError, match="profile is grams per kilowatt-hour"):
            run.advise(steps=400).of("T26").apply()


def test_T28_a_watch_is_made_of_the_model_as_it_is_and_sees_a_planted_drift():
    data = clusters(600)
    train, valid = data.take(range(200)), data.take(range(200, 400))
    with lab(train=train, valid=valid, lr=1e-2) as run:
        run.step(200)
        watch = run.advise(steps=400).of("T28").apply()
        x = data.x[400:]
        assert not any(watch.see(x[k : k + 20]) for k in range(0, 100, 20))
        assert any(watch.see(x[k : k + 20] + 6) for k in range(0, 200, 20))
        run.step(2)
    with lab(valid=None) as run, pytest.raises(ValueError, match="there are none"):
        run.advise(steps=400).of("T28")


def test_T29_three_ways_to_go_on_are_tried_on_new_data():
    data = clusters(300)
    train, valid = data.take(range(120)), data.take(range(120, 210))
    moved = gl.Samples(data.x[210:] + 3, data.y[210:], classes=train.classes)
    with lab(train=train, valid=valid, lr=1e-2) as run:
        run.step(100)
        advice = run.advise(steps=400).of("T29")
        told = advice.apply(new=moved, steps=60)
        assert [each.what for each in told] == ["leave it", "warm start", "new"]
        assert told[1].accuracy > told[0].accuracy and told[0].processor_seconds == 0
        with pytest.raises(ValueError, match="new is the labelled Samples"):
            advice.apply()


def test_T10_and_T30_say_where_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with lab() as run:
        found = run.advise(steps=400)
        for id, words in (
            ("T10", "leaving out easy samples is a tactic of its own"),
            ("T30", "over more than 5 sessions, and there are 0 here; then gl.energy.trend.path. tells"),
            ("T12", "budget"),
        ):
            with pytest.raises(ValueError, match=words):
                found.of(id)


def test_T26_grams_are_those_of_the_plan_and_not_of_the_hour_that_it_begins_in():
    with lab() as run:
        told = hours(Asked(run.run, 100, plan=360.0)).figures(run.run, profile=[300, 100])
        assert told.grams == pytest.approx(10 * 0.1 * 0.1) and str(told) == "this plan from hour 1: 0.1 g"
        small = hours(Asked(run.run, 100, plan=0.01)).figures(run.run, profile=[300, 100])
        assert str(small) == "this plan from hour 1: under 0.001 g"


@pytest.mark.parametrize(
    ("id", "options", "said"),
    [
        ("T9", {"seed": "a"}, "seed='a' is no whole number"),
        ("T24", {"devices": "NVIDIA L4"}, "devices is a list of names"),
        ("T24", {"devices": None}, "devices is a list of names"),
        ("T26", {"profile": 5}, "a list of one number an hour, got 5"),
        ("T26", {"profile": [3, 2], "before": 1.5}, "before=1.5 is no whole number"),
        ("T26", {"profile": [3, 2], "before": 0}, "before=0; give an hour of the profile"),
        ("T29", {"new": 5}, "new takes labelled Samples, .* got int"),
        ("T29", {"new": clusters(60), "steps": 0}, "steps=0; give how many steps each way trains"),
    ],
)
def test_an_option_that_cannot_be_is_said_with_what_could(id, options, said):
    with lab(valid=clusters(90, seed=1)) as run:
        advice = run.advise(steps=400).of(id)
        with pytest.raises((TypeError, ValueError), match=said):
            advice.apply(**options)


def test_what_is_called_in_a_way_of_its_own_is_not_watched_and_counted_so():
    model = linear_net()
    with lab(model=model, call=lambda net, x: net(x * 1.0)) as run:
        found = run.advise(steps=400)
        for id in ("T28", "T29"):
            with pytest.raises(ValueError, match="called by a function of yours"):
                found.of(id)


class Named(torch.nn.Module):
    """Takes a dict."""

    def __init__(self):
        super().__init__()
        self.net = linear_net()

    def forward(self, batch):
        return self.net(batch.get("x"))


def test_T24_a_model_that_takes_a_dict_is_counted_as_it_is_called():
    with lab(model=Named(), latent="net.0", call=lambda model, x: model({"x": x})) as run:
        told = run.advise(steps=400).of("T24").apply(devices=["NVIDIA L4"])
        assert list(told) == ["here", "NVIDIA L4"]


def test_T28_and_T29_print_what_they_found():
    with lab(valid=clusters(90, seed=1)) as run:
        run.step(60)
        found = run.advise(steps=400)
        assert repr(found.of("T28").apply()).startswith(
            "Watch(Sequential against 90 rows held out, 0 batches"
        )
        lines = str(found.of("T29").apply(new=clusters(60, seed=3), steps=5)).splitlines()
        assert [line.partition(":")[0] for line in lines] == ["leave it", "warm start", "new"]
        assert lines[0].endswith("for nothing")
