"""RAPL on a powercap tree made of files: no level twice, no wrap lost, no permission a mystery."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.energy import Model, Rapl
from greenlatent.energy.sources import Unavailable
from greenlatent.energy.sources.channel import Odometer

from ..simulated import Machine

RANGE = 262_143_328_850


class Powercap:
    """The files that Linux shows, flat as in /sys/class, with counters one can turn."""

    def __init__(self, root, zones):
        self.root = root
        for zone, (name, microjoules) in zones.items():
            folder = root / zone
            folder.mkdir(parents=True)
            (folder / "name").write_text(name + "\n")
            (folder / "max_energy_range_uj").write_text(f"{RANGE}\n")
            self.turn(zone, microjoules)

    def turn(self, zone, microjoules):
        # Written in place, as a driver would: a kept descriptor sees it.
        with open(self.root / zone / "energy_uj", "w") as file:
            file.write(f"{microjoules}\n")


LAPTOP = {
    "intel-rapl:0": ("package-0", 1_000),
    "intel-rapl:0:0": ("core", 700),
    "intel-rapl:0:1": ("uncore", 100),
    "intel-rapl:0:2": ("dram", 300),
    "intel-rapl:1": ("psys", 9_000),
    "intel-rapl-mmio:0": ("package-0", 1_000),
}


def opened(tmp_path, zones):
    tree = Powercap(tmp_path / "powercap", zones)
    return tree, Rapl(tree.root).open()


def shut(channels):
    for channel in channels:
        channel.close()


def names(channels):
    return [(channel.name, channel.part) for channel in channels]


def test_package_and_memory_count_and_no_level_twice(tmp_path):
    _, channels = opened(tmp_path, LAPTOP)
    assert names(channels) == [("package-0", "cpu"), ("dram of intel-rapl:0", "dram")]
    shut(channels)


def test_two_sockets_both_count(tmp_path):
    zones = {f"intel-rapl:{i}": (f"package-{i}", 100 + i) for i in range(2)}
    _, channels = opened(tmp_path, zones)
    assert len(channels) == 2
    shut(channels)


def test_dies_that_mirror_their_socket_count_once(tmp_path):
    zones = {f"intel-rapl:{i}": (f"package-0-die-{i}", 68_000_000) for i in range(2)}
    _, channels = opened(tmp_path, zones)
    assert names(channels) == [("package-0-die-0", "cpu")]
    shut(channels)


def test_dies_with_counters_of_their_own_all_count(tmp_path):
    zones = {f"intel-rapl:{i}": (f"package-0-die-{i}", 68_000_000 + 5_000 * i) for i in range(2)}
    _, channels = opened(tmp_path, zones)
    assert len(channels) == 2
    shut(channels)


def test_a_machine_with_nothing_but_psys_is_read_by_it(tmp_path):
    _, channels = opened(tmp_path, {"intel-rapl:0": ("psys", 1)})
    assert names(channels) == [("psys", "cpu")]
    shut(channels)


def test_memory_is_inside_psys_and_not_counted_beside_it(tmp_path):
    _, channels = opened(tmp_path, {"intel-rapl:0": ("psys", 1), "intel-rapl:0:0": ("dram", 1)})
    assert names(channels) == [("psys", "cpu")]
    shut(channels)


def test_a_zone_whose_name_is_no_text_leaves_the_others_as_they_are(tmp_path):
    tree = Powercap(tmp_path / "powercap", {**LAPTOP, "intel-rapl:2": ("package-1", 1)})
    (tree.root / "intel-rapl:2" / "name").write_bytes(b"\xff\xfe\n")
    channels = Rapl(tree.root).open()
    assert [part for _, part in names(channels)] == ["cpu", "dram"]
    shut(channels)


def test_no_counters_is_said_to_be_so(tmp_path):
    with pytest.raises(Unavailable, match="virtual machines"):
        Rapl(tmp_path / "nothing").open()


def test_a_missing_permission_prints_the_command_that_grants_it(tmp_path, monkeypatch):
    tree = Powercap(tmp_path / "powercap", LAPTOP)
    real = os.open

    def refusing(path, *args, **more):
        if str(path).endswith("energy_uj"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", refusing)
    machine = Machine()
    meter = machine.meter(Rapl(tree.root), Model())
    machine.work(1)
    told = "\n".join(meter.notes)
    assert f"sudo chmod a+r {tree.root}/intel-rapl:0/energy_uj" in told
    assert "sudo tee /etc/tmpfiles.d/rapl.conf" in told
    meter.stop()
    assert meter.total.badges == pytest.approx({"model": 1.0})


@given(st.lists(st.integers(0, RANGE - 1), min_size=1, max_size=60), st.integers(0, RANGE - 1))
def test_the_count_is_exact_whatever_the_steps(steps, start):
    odometer, raw, truth = Odometer(RANGE), start, 0
    assert odometer.add(start) == 0
    for step in steps:
        raw = (raw + step) % RANGE
        truth += step
        assert odometer.add(raw) == truth


@pytest.mark.parametrize("seed", range(3))
def test_ten_thousand_random_wraps_are_exact(seed):
    random, odometer, raw, truth, wraps = np.random.default_rng(seed), Odometer(RANGE), 0, 0, 0
    odometer.add(0)
    while wraps < 10_000:
        step = int(random.integers(1, RANGE))
        wraps += raw + step >= RANGE
        raw, truth = (raw + step) % RANGE, truth + step
        assert odometer.add(raw) == truth


def test_wraps_of_a_real_file_are_exact(tmp_path):
    tree, (zone,) = opened(tmp_path, {"intel-rapl:0": ("package-0", 0)})
    random, raw, truth = np.random.default_rng(0), 0, 0
    zone.poll(0)
    for k in range(1, 501):
        step = int(random.integers(RANGE // 2, RANGE))
        raw, truth = (raw + step) % RANGE, truth + step
        tree.turn("intel-rapl:0", raw)
        now = k * 263 * 10**9  # at 1 kW a package takes as long to turn once
        assert zone.poll(now) == [(now, truth * 1e-6)]
    assert not zone.remarks
    zone.close()


def run_of(tree, machine, start, joules, step=0.5):
    for _ in range(round(joules / step)):
        start += round(step * 1e6)
        tree.turn("intel-rapl:0", start)
        machine.work(0.01)
    return start


@pytest.mark.parametrize("watts", [None, 150])
def test_a_counter_that_starts_again_at_0_is_a_gap_and_no_wrap(tmp_path, watts):
    def act(machine, tree):
        run_of(tree, machine, 200_000_000_000, 22)
        tree.turn("intel-rapl:0", "gone")  # while its module is loaded anew
        machine.work(0.3)
        run_of(tree, machine, 0, 22)

    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", 200_000_000_000)})
    if watts:
        (tree.root / "intel-rapl:0" / "constraint_0_power_limit_uw").write_text(f"{watts * 1_000_000}\n")
    machine = Machine()
    meter = machine.meter(Rapl(tree.root))
    act(machine, tree)
    meter.stop()
    assert meter.total.value == pytest.approx(44, abs=3) and meter.total.coverage < 1
    assert sum("started again at 0" in note for note in meter.notes) == 1


def test_a_wrap_below_the_power_limit_is_exact(tmp_path):
    tree, (zone,) = opened(tmp_path, {"intel-rapl:0": ("package-0", RANGE - 1_000_000)})
    (tree.root / "intel-rapl:0" / "constraint_0_power_limit_uw").write_text("65000000\n")
    (tree.root / "intel-rapl:0" / "constraint_1_power_limit_uw").write_text("120000000\n")
    zone.close()
    (zone,) = Rapl(tree.root).open()
    zone.poll(0)
    tree.turn("intel-rapl:0", 500_000)
    assert zone.poll(12_600_000) == [(12_600_000, 1.5)]
    tree.turn("intel-rapl:0", RANGE - 1_000_000)
    zone.poll(10**15)
    tree.turn("intel-rapl:0", 500_000)
    assert zone.poll(10**15 + 12_400_000) == [(10**15 + 12_400_000, None)]
    zone.close()


def test_a_machine_that_slept_leaves_a_gap_even_if_the_counter_rose(tmp_path, monkeypatch):
    asleep = 0
    monkeypatch.setattr("greenlatent.energy.sources.rapl.slept", lambda: asleep)
    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", 0)})
    machine = Machine()
    meter = machine.meter(Rapl(tree.root))
    run_of(tree, machine, 0, 22)
    asleep += 3600 * 10**9
    run_of(tree, machine, 5_000_000_000, 22)
    meter.stop()
    assert meter.total.value == pytest.approx(44, abs=3) and meter.total.coverage < 1
    assert sum("slept" in note for note in meter.notes) == 1


def test_descriptors_are_opened_once_kept_and_closed_with_the_meter(tmp_path, monkeypatch):
    tree = Powercap(tmp_path / "powercap", LAPTOP)
    machine = Machine()
    meter = machine.meter(Rapl(tree.root))
    kept = [account.channel.descriptor for account in meter._ledger.accounts]
    opened = []
    monkeypatch.setattr(os, "open", lambda *args, **_: opened.append(args))
    monkeypatch.setattr("builtins.open", lambda path, *args, **_: opened.append(path))
    for account in meter._ledger.accounts:
        for _ in range(100):
            account.channel.poll(machine.now)
    assert opened == [] and len(kept) == 2
    assert [account.channel.descriptor for account in meter._ledger.accounts] == kept
    monkeypatch.undo()
    meter.stop()
    for descriptor in kept:
        with pytest.raises(OSError):
            os.fstat(descriptor)


def test_two_meters_of_one_source_read_their_own_descriptors(tmp_path):
    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", 0)})
    source, machine = Rapl(tree.root), Machine()
    one, other = machine.meter(source), machine.meter(source)
    machine.work(0.1)
    one.stop()
    for i in range(1, 101):
        tree.turn("intel-rapl:0", 500_000 * i)
        machine.work(0.01)
    other.stop()
    assert other.total.value == pytest.approx(50, rel=0.02)


def metered(tmp_path, act, zones=None, model=None):
    machine = Machine()
    tree = Powercap(tmp_path / "powercap", zones or {"intel-rapl:0": ("package-0", 5)})
    meter = machine.meter(Rapl(tree.root), model or Model())
    meter.mark("train")
    act(machine, tree)
    meter.stop()
    return meter


def test_a_total_is_the_difference_of_the_counters(tmp_path):
    def act(machine, tree):
        for i in range(1, 201):
            tree.turn("intel-rapl:0", 5 + 500_000 * i)
            tree.turn("intel-rapl:0:2", 300 + 100_000 * i)
            machine.work(0.01)

    meter = metered(tmp_path, act, LAPTOP)
    assert meter.total.value == pytest.approx(200 * 0.6 - 995e-6)
    assert meter.total.badges["counter"] == pytest.approx(1)
    assert meter.sources == ["RAPL"]


def test_where_memory_has_no_counter_the_model_fills_it_in_and_says_so(tmp_path):
    def act(machine, tree):
        for i in range(1, 201):
            tree.turn("intel-rapl:0", 5 + 500_000 * i)
            machine.work(0.01)

    badges = metered(tmp_path, act).total.badges
    assert badges["counter"] > 0.9 and 0 < badges["model"] < 0.1


def test_a_counter_that_reads_nothing_new_is_missing_and_not_zero(tmp_path):
    meter = metered(tmp_path, lambda machine, tree: machine.work(5))
    assert meter.ledger()["train"].coverage <= 0.5
    assert "counter" not in meter.total.badges


def test_a_counter_that_disappears_leaves_a_gap(tmp_path):
    def act(machine, tree):
        for i in range(1, 101):
            tree.turn("intel-rapl:0", 5 + 500_000 * i)
            machine.work(0.01)
        tree.turn("intel-rapl:0", "gone")
        machine.work(1.0)

    # without memory: a process that ran all other tests holds a gigabyte
    meter = metered(tmp_path, act, model=Model(memory_watts=(0, 0, 0)))
    # what the process holds in memory is in it, modelled
    assert meter.total.value == pytest.approx(50, rel=0.04)
    assert meter.total.coverage == pytest.approx(0.75, abs=0.02)  # half of the time for one part of two
    assert any("package-0" in note for note in meter.notes)
    assert "covered" in str(meter.total)


def test_a_read_that_fails_once_loses_nothing(tmp_path):
    def act(machine, tree):
        for i in range(1, 101):
            tree.turn("intel-rapl:0", "busy" if 40 < i < 50 else 5 + 500_000 * i)
            machine.work(0.01)

    meter = metered(tmp_path, act)
    assert meter.total.value == pytest.approx(50, rel=0.02)
    assert meter.total.coverage == pytest.approx(1)


def test_a_wrap_without_a_known_range_is_a_gap_and_never_negative(tmp_path):
    machine = Machine()
    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", RANGE - 50_000_000)})
    (tree.root / "intel-rapl:0" / "max_energy_range_uj").unlink()
    meter = machine.meter(Rapl(tree.root))
    for i in range(1, 101):
        tree.turn("intel-rapl:0", (RANGE - 50_000_000 + 1_000_000 * i) % RANGE)
        machine.work(0.01)
    meter.stop()
    assert meter.total.value == pytest.approx(98, abs=3)
    assert any("wrap" in note for note in meter.notes)


def test_stop_and_start_again_counts_neither_twice_nor_between(tmp_path):
    machine = Machine()
    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", 0)})
    meter, count = machine.meter(Rapl(tree.root)), 0

    def run(seconds):
        nonlocal count
        for _ in range(round(seconds * 100)):
            count += 500_000
            tree.turn("intel-rapl:0", count)
            machine.work(0.01)

    run(1)
    meter.stop()
    run(2)
    meter._begin()
    run(1)
    meter.stop()
    assert meter.total.value == pytest.approx(100)
    assert meter.seconds == pytest.approx(2)


def test_work_of_others_makes_it_an_upper_bound_beside_an_estimate(tmp_path):
    machine = Machine()
    tree = Powercap(tmp_path / "powercap", {"intel-rapl:0": ("package-0", 0)})
    machine.others = 0.6
    meter = machine.meter(Rapl(tree.root))
    for i in range(1, 501):
        tree.turn("intel-rapl:0", 500_000 * i)
        machine.work(0.01)
    meter.stop()
    assert meter.total.badges["upper bound"] == pytest.approx(1)
    assert meter.own().value == pytest.approx(0.4 * meter.total.value)
    assert "Our own part" in meter.report()
