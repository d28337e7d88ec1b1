import json
import math

import numpy as np
import pytest
from scipy.stats import kendalltau, theilslopes

from greenlatent.energy import Meter, Model, trend

from .simulated import Machine


def sessions(folder, joules_a_step, *, machine="here", begin=0):
    """A folder of sessions, each with a ledger in which a step took so many joules."""
    meter = Machine().meter(Model())
    with meter.doing("train"):
        meter._clock.machine.work(1, cpu=1.0)
    meter.stop()
    line = json.loads(meter.export(folder / "one.jsonl").read_text())
    (folder / "one.jsonl").unlink()
    for k, joules in enumerate(joules_a_step, begin):
        told = json.loads(json.dumps(line))
        told["run"], told["machine"] = f"{machine} {k}", machine
        told["start"] += 86_400 * k
        told["stop"] += 86_400 * k
        for part in (told["total"], told["lines"]["train"]):
            part |= {"joules": 100 * joules, "low": 90 * joules, "high": 110 * joules}
        told["lines"] = {"train": told["lines"]["train"] | {"units": 100}}
        (folder / f"{machine}-{k}").mkdir()
        (folder / f"{machine}-{k}" / "ledger.jsonl").write_text(json.dumps(told) + "\n")
    return folder


def walk(n, rise, seed):
    rng = np.random.default_rng(seed)
    return np.exp(np.linspace(0, math.log(1 + rise), n) + rng.normal(0, 0.05, n))


def test_a_rise_of_half_is_an_alarm_and_as_many_sessions_without_one_are_none(tmp_path):
    for name in ("up", "level"):
        (tmp_path / name).mkdir()
    up = trend(sessions(tmp_path / "up", walk(12, 0.5, 400)))
    assert up.alarm and up.change[1] < 1.5 < up.change[2] and "ALARM" in str(up)
    level = trend(sessions(tmp_path / "level", walk(12, 0.0, 400)))
    assert not level.alarm and "no rise shown" in str(level)


def test_alarms_are_rare_where_nothing_rises_and_a_planted_rise_is_found():
    from greenlatent.energy.rising import SURE, _line

    def told(rise, seed):
        (value, low, _), p = _line(np.log(walk(12, rise, seed)).tolist())
        return p < SURE and low > 1 and value >= 1.1

    assert sum(told(0.0, seed) for seed in range(400, 600)) <= 10
    assert sum(told(0.5, seed) for seed in range(400, 600)) >= 195


@pytest.mark.parametrize("n", [6, 9, 20])
def test_the_line_and_its_test_are_those_of_scipy(n):
    from greenlatent.energy.rising import _line

    logs = np.random.default_rng(n).normal(size=n).tolist()
    change, p = _line(logs)
    slope, _, low, high = theilslopes(logs, range(n))
    assert np.log(change) / (n - 1) == pytest.approx([slope, low, high])
    assert p == pytest.approx(kendalltau(range(n), logs, alternative="greater", method="exact").pvalue)


def test_sessions_of_another_machine_are_counted_and_left_out(tmp_path):
    sessions(tmp_path, [1.0] * 7)
    sessions(tmp_path, [9.0] * 3, machine="elsewhere", begin=-5)
    found = trend(tmp_path)
    assert (len(found.sessions), found.others) == (7, 3) and "3 of other machines" in str(found)


def test_of_a_ledger_the_newest_line_of_a_run_counts(tmp_path):
    sessions(tmp_path, [1.0] * 6)
    ledger = tmp_path / "here-5" / "ledger.jsonl"
    older = json.loads(ledger.read_text())
    for part in (older["total"], older["lines"]["train"]):
        part |= {"joules": 1.0, "low": 1.0, "high": 1.0}
    ledger.write_text(json.dumps(older) + "\n" + ledger.read_text())
    found = trend(tmp_path)
    assert len(found.sessions) == 6 and found.sessions[-1][1].value == pytest.approx(1.0)


def test_few_sessions_and_none_are_said(tmp_path):
    with pytest.raises(ValueError, match="holds no session"):
        trend(tmp_path)
    few = trend(sessions(tmp_path, [1.0, 2.0, 3.0]))
    assert not few.alarm and "too few for a trend" in str(few)
    assert trend(tmp_path, "view").empty == 3


def test_what_a_meter_exported_to_one_file_is_read_as_well(tmp_path):
    for _ in range(2):
        with Meter([Model()]) as meter, meter.doing("train"):
            sum(range(100_000))
        meter.export(tmp_path / "runs.csv")
    found = trend(tmp_path / "runs.csv")
    assert len(found.sessions) == 2 and found.sessions[0][1].known


def test_a_damaged_session_is_named_and_does_not_hide_the_others(tmp_path):
    sessions(tmp_path, walk(8, 0.0, 0))
    cut = tmp_path / "here-3" / "ledger.jsonl"
    cut.write_text(cut.read_text()[:-30])
    found = trend(tmp_path)
    assert len(found.sessions) == 7 and len(found.damaged) == 1
    assert "1 damaged: here-3/ledger.jsonl, line 1" in str(found)
