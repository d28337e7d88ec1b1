"""NVIDIA's counters, through a `pynvml` that simulated cards answer."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from greenlatent.energy import Model, Nvml
from greenlatent.energy.sources import Unavailable

from ..fake_nvml import Card
from ..simulated import Machine


@pytest.fixture
def machine():
    return Machine()


def train(machine, meter, seconds=10.0, seed=0):
    """Random steps at 300 W and evaluations at 150 W, and the joules of both."""
    random, truth, end = np.random.default_rng(seed), np.zeros(2), machine.now + seconds * 1e9
    while machine.now < end:
        kind = random.integers(2)
        meter.mark(("train", "evaluate")[kind])
        duration, watts = ((0.004, 300.0), (0.007, 150.0))[kind]
        machine.work(duration, watts)
        truth[kind] += duration * watts
    meter.mark(None)
    return truth


def test_the_counter_gives_joules_by_kind(machine, install):
    module = install(Card(machine))
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 20)
    meter.stop()
    ledger = meter.ledger()
    assert [ledger[kind].value for kind in ("train", "evaluate")] == pytest.approx(list(truth), rel=0.02)
    assert meter.total.value == pytest.approx(truth.sum(), rel=0.01)
    assert meter.total.badges == {"counter": 1.0}
    assert module.open == 0


def test_the_period_of_the_counter_is_found(machine, install):
    install(Card(machine, period=0.1))
    meter = machine.meter(Nvml())
    train(machine, meter)
    meter.stop()
    assert meter._ledger.accounts[0].period == pytest.approx(0.1, rel=0.1)
    assert "moved every 100 ms" in meter.report()


def test_a_counter_that_lags_is_laid_beside_the_work_that_caused_it(machine, install):
    install(Card(machine, lag=0.08))
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 30)
    meter.stop()
    assert meter.ledger()["train"].value == pytest.approx(truth[0], rel=0.02)


def test_a_card_without_a_counter_is_read_by_its_power_now_not_by_the_mean_of_a_second(machine, install):
    card = Card(machine, name="GTX 1080")
    card.has_counter = False
    module = install(card)
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 10)
    meter.stop()
    assert meter.total.value == pytest.approx(truth.sum(), rel=0.03)
    assert meter.total.badges == {"sampled": 1.0}
    assert set(module.power_calls) == {"instant"}
    assert any("no energy counter" in note for note in meter.notes)


def test_where_power_now_is_not_offered_the_plain_call_is_taken(machine, install):
    card = Card(machine)
    card.has_counter = card.has_instant = False
    module = install(card)
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 10)
    meter.stop()
    assert meter.total.value == pytest.approx(truth.sum(), rel=0.1)
    assert module.power_calls.count("instant") == 1


@pytest.mark.parametrize("instant", [True, False])
@pytest.mark.parametrize(("scale", "flagged"), [(1.0, False), (1.05, False), (0.57, True), (1.2, True)])
def test_a_counter_that_its_own_power_contradicts_is_flagged(machine, install, scale, flagged, instant):
    card = Card(machine, scale=scale)
    card.has_instant = instant
    install(card)
    meter = machine.meter(Nvml())
    train(machine, meter, 6 if instant else 12)
    meter.stop()
    assert any("against its own power" in note for note in meter.notes) == flagged
    if flagged:
        truth = meter.total.value / scale
        assert meter.total.low <= truth * 1.02 and meter.total.high >= truth * 0.9


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("2,0", [2, 0]),
        ("1,7,0", [1]),
        ("GPU-bbbb", [1]),
        ("GPU-b", [1]),
        ("GPU-", []),
        ("GPU-cccc,GPU-aaaa", [2, 0]),
        ("MIG-aaaa-slice", [0]),
        ("MIG-GPU-bbbb/1/0", [1]),
        ("nonsense", []),
    ],
)
def test_only_the_cards_that_cuda_shows_us_count(machine, install, monkeypatch, wanted, indices):
    cards = [Card(machine, f"GPU-{letter * 4}") for letter in "abc"]
    cards[0].mig = True
    install(*cards)
    if wanted is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", wanted)
    if not indices:
        with pytest.raises(Unavailable, match="leaves no card"):
            Nvml().open()
    else:
        assert [int(channel.name.split()[1]) for channel in Nvml().open()] == indices


def test_unlike_cards_without_a_fixed_order_are_warned_about(machine, install):
    install(Card(machine, "GPU-a", "A100"), Card(machine, "GPU-b", "T4"))
    assert any("CUDA_DEVICE_ORDER" in remark for channel in Nvml().open() for remark in channel.remarks)


@pytest.mark.parametrize("why", ["mig", "another process", "processes of other containers"])
def test_a_shared_card_is_an_upper_bound_beside_an_estimate_by_own_time(machine, install, why):
    card = Card(machine)
    card.mig = why == "mig"
    card.processes = {"mig": [], "another process": [os.getppid()]}.get(why, [4_000_001, 4_000_002])
    install(card)
    meter = machine.meter(Nvml())
    meter.mark("train")
    machine.work(5, 300)
    meter.mark(None)
    machine.work(5, 300)
    meter.stop()
    assert meter.total.badges == {"upper bound": 1.0}
    assert meter.own().value == pytest.approx(meter.total.value / 2, rel=0.05)


def test_a_card_that_others_come_to_is_an_upper_bound_from_then_on(machine, install):
    card = Card(machine)
    install(card)
    meter = machine.meter(Nvml())
    meter.mark("train")
    machine.work(10, 300)
    card.processes = [os.getppid()]
    machine.work(5, 300)
    card.processes = []
    machine.work(5, 300)
    meter.stop()
    assert meter.total.badges == pytest.approx({"counter": 0.5, "upper bound": 0.5}, abs=0.06)
    assert any("is shared" in note for note in meter.notes)


def test_a_card_that_only_we_use_is_not_shared(machine, install):
    card = Card(machine)
    card.processes = [os.getpid()]
    install(card)
    meter = machine.meter(Nvml())
    train(machine, meter, 3)
    meter.stop()
    assert meter.total.badges == {"counter": 1.0}


def test_a_driver_that_is_loaded_again_leaves_a_gap_and_no_negative_joules(machine, install):
    card = Card(machine)
    card.offset = 50_000.0
    install(card)
    meter = machine.meter(Nvml())
    train(machine, meter, 3)
    before = meter.total.value
    card.offset = -machine.energy(machine.now)
    train(machine, meter, 3)
    meter.stop()
    assert before < meter.total.value == pytest.approx(2 * before, rel=0.1)
    assert any("loaded again" in note for note in meter.notes)


def test_a_card_that_is_lost_leaves_a_gap_and_training_goes_on(machine, install):
    card = Card(machine)
    install(card)
    meter = machine.meter(Nvml())
    train(machine, meter, 4)
    card.answers = False
    train(machine, meter, 4)
    meter.stop()
    assert meter.total.coverage == pytest.approx(0.5, abs=0.05)
    assert meter.ledger()["train"].known
    assert any("lost" in note for note in meter.notes)


def test_a_card_that_comes_back_has_counted_on(machine, install):
    card = Card(machine)
    install(card)
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 3)
    card.answers = False
    truth += train(machine, meter, 3)
    card.answers = True
    truth += train(machine, meter, 3)
    meter.stop()
    assert meter.total.value == pytest.approx(truth.sum(), rel=0.02)
    assert meter.total.coverage == pytest.approx(1, abs=0.01)


def test_a_card_that_supports_next_to_nothing_is_read_by_what_it_supports(machine, install):
    card = Card(machine)
    card.tells_more = card.has_instant = False
    install(card)
    meter = machine.meter(Nvml())
    truth = train(machine, meter, 15)
    meter.stop()
    assert meter.total.value == pytest.approx(truth.sum(), rel=0.03)
    assert not meter.notes


def test_a_card_that_tells_neither_joules_nor_watts_is_missing_and_training_goes_on(machine, install):
    card = Card(machine)
    card.tells_more = card.answers = False
    install(card)
    meter = machine.meter(Nvml(), Model())
    train(machine, meter, 2)
    meter.stop()
    assert meter.total.badges == pytest.approx({"model": 1.0}) and meter.total.coverage < 1
    assert any("GPU is lost" in note for note in meter.notes)


def test_power_that_was_not_read_for_a_while_is_a_gap(machine, install):
    card = Card(machine)
    card.has_counter = False
    install(card)
    meter = machine.meter(Nvml())
    train(machine, meter, 4)
    card.answers = False
    train(machine, meter, 4)
    card.answers = True
    train(machine, meter, 4)
    meter.stop()
    assert meter.total.coverage == pytest.approx(2 / 3, abs=0.02)
    assert meter.total.value == pytest.approx(machine.joules[-1] * 2 / 3, rel=0.05)


def test_how_warm_the_card_was_is_reported_since_a_warm_chip_leaks(machine, install):
    card = Card(machine)
    install(card)
    meter = machine.meter(Nvml())
    for card.degrees in (41, 67, 55):
        train(machine, meter, 2)
    meter.stop()
    assert "at 41 to 67 degrees Celsius" in meter.report()


def test_two_cards_add_up_with_the_model_of_the_processor(machine, install):
    install(Card(machine, "GPU-a"), Card(machine, "GPU-b"))
    meter = machine.meter(Nvml(), Model())
    truth = train(machine, meter, 10)
    meter.stop()
    total = meter.total
    assert total.badges["counter"] * total.value == pytest.approx(2 * truth.sum(), rel=0.02)
    assert 0 < total.badges["model"] < 0.1


def test_without_a_driver_the_reason_is_noted_and_nothing_raised(machine):
    pynvml = pytest.importorskip("pynvml")
    try:
        pynvml.nvmlInit()
        pytest.skip("there is a driver here")
    except pynvml.NVMLError:
        pass
    meter = machine.meter(Nvml(), Model())
    machine.work(1)
    meter.stop()
    assert meter.notes == ["NVML: no NVIDIA driver answers (NVML Shared Library Not Found)"]


def test_the_deprecated_package_of_the_same_name_does_not_warn(tmp_path):
    (tmp_path / "pynvml.py").write_text(
        "import warnings\n"
        "warnings.warn('The pynvml package is deprecated.', FutureWarning)\n"
        "class NVMLError(Exception): pass\n"
        "def nvmlInit(): raise NVMLError('no driver')\n"
    )
    code = "import greenlatent.energy as e; m = e.Meter([e.Nvml()]); m.start(); m.stop(); print(m.notes)"
    checkout = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{checkout}"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no driver" in done.stdout and not done.stderr
