import math

import pytest

from greenlatent.study import Prices, Results, Run
from greenlatent.study.costs import Cost


def made(curves: dict[str, list[list[float]]], costs: dict[str, float], **options) -> Results:
    """Results of runs written by hand: an arm's validation accuracies at every tenth step, a list for each seed."""
    runs = []
    for arm, seeds in curves.items():
        for seed, valid in enumerate(seeds):
            done = Run(arm, seed, valid=valid, test=valid, steps=[10 * (k + 1) for k in range(len(valid))])
            done.work = [{f"step {arm}": 10, "evaluate": 1} for _ in valid]
            done.account.seconds = 100.0 if arm == "person" else 0.0
            done.samples = 400
            runs.append(done)
    known = {f"step {arm}": Cost({"train": joules}, 0, 9, ("model",), 1, 1) for arm, joules in costs.items()}
    known["evaluate"] = Cost({"evaluate": 5.0}, 0, 9, ("model",), 1, 1)
    return Results(runs, known, human={arm: arm == "person" for arm in curves}, **options)


SLOW = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8]
FAST = [0.2, 0.5, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]


def test_joules_to_a_target_are_steps_times_what_a_step_costs_up_to_the_first_smoothed_look_there():
    found = made({"auto": [SLOW] * 6, "person": [FAST] * 6}, {"auto": 2.0, "person": 3.0}, target="auto")
    assert found.aim(0) == pytest.approx(0.8)
    assert found.to_reach("auto", 0, 0.8) == 9 * 10 * 2.0  # the third look at 0.8
    assert found.to_reach("person", 0, 0.8) == 5 * 10 * 3.0  # (0.8 + 0.9 + 0.9) / 3 is the first mean above
    assert found.saving("person").value == pytest.approx(150 / 180)
    assert found.saving("person").claimed
    assert "reaches the target at 0.83" in found.verdict("person")
    assert found.gain("person").value == pytest.approx(0.1)
    assert "250 s of the person for 1,000 samples" in found.verdict("person")
    assert str(found).split("\n\n") == [found.table(), found.verdict("person")]


def test_net_joules_take_the_person_and_the_screen_off_and_tell_when_it_pays():
    prices = Prices(screen_watts=9.0, idle_watts=1.0, hourly_rate=36.0, tariff=0.36)
    found = made(
        {"auto": [SLOW] * 6, "person": [FAST] * 6},
        {"auto": 2.0, "person": 3.0},
        target="auto",
        prices=prices,
    )
    line = next(line for line in found.lines() if line.human)
    assert line.net == pytest.approx(180 - 150 - 10 * 100)
    assert found.pays_after("person") == pytest.approx(1000 / 30)
    assert found.pays_from("person") == pytest.approx(1000 / (1 - 150 / 180))
    assert found.money("person") == pytest.approx(100 / 3600 * 36 + 970 / 3.6e6 * 0.36)


def test_an_accuracy_may_be_the_target_and_who_misses_it_is_counted():
    found = made({"auto": [SLOW] * 6, "person": [FAST] * 6}, {"auto": 2.0, "person": 2.0}, target=0.85)
    assert math.isinf(found.to_reach("auto", 0, 0.85)) and found.saving("auto").reached == 0
    assert found.saving("person").reached == 6 and math.isnan(found.saving("person").value)


def test_a_record_that_does_not_tell_how_many_samples_there_were_gives_no_seconds_for_each_thousand():
    found = made({"auto": [SLOW], "person": [FAST]}, {"auto": 2.0, "person": 3.0}, target="auto")
    found.runs["person", 0].samples = None
    assert math.isnan(found.seconds_per_thousand("person"))
    assert "1,000 samples" not in found.verdict("person")
