"""On a real NVIDIA card: its counter beside its own power, and marks on its own time line."""

import time

import pytest

from greenlatent.energy import Meter, Nvml

pytestmark = pytest.mark.gpu


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return torch


class Event:
    """A CUDA event as a mark takes it."""

    def __init__(self, torch):
        self.event = torch.cuda.Event(enable_timing=True)
        self.event.record()

    def query(self):
        return self.event.query()

    def elapsed_since(self, earlier):
        return earlier.event.elapsed_time(self.event) * 1e-3


def load(torch, meter, seconds):
    """Products of matrices and copies in turn, queued without waiting for the device."""
    a = torch.randn(4096, 4096, device="cuda")
    end, i = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        i += 1
        meter.mark("train", Event(torch))
        for _ in range(4 + i % 3):
            a @ a
        meter.mark("evaluate", Event(torch))
        for _ in range(10):
            a.clone()
        if i % 20 == 0:
            torch.cuda.synchronize()
    meter.mark("waiting", Event(torch))
    torch.cuda.synchronize()


def test_counter_and_power_agree_under_load(torch):
    with Meter([Nvml()]) as meter:
        channel = meter._ledger.accounts[0].channel
        load(torch, meter, 2.0)
        begin = time.perf_counter(), channel.nvml.nvmlDeviceGetTotalEnergyConsumption(channel.handle)
        summed, last = 0.0, begin[0]
        a = torch.randn(4096, 4096, device="cuda")
        while last - begin[0] < 5:
            for _ in range(20):
                a @ a
            torch.cuda.synchronize()
            now = time.perf_counter()
            summed, last = summed + channel.watts() * (now - last), now
        counted = (channel.nvml.nvmlDeviceGetTotalEnergyConsumption(channel.handle) - begin[1]) * 1e-3
    assert summed == pytest.approx(counted, rel=0.1)
    assert not any("against its own power" in note for note in meter.notes)


def test_work_is_told_apart_on_the_devices_own_time_line(torch):
    with Meter([Nvml()]) as meter:
        load(torch, meter, 10.0)
        meter.mark("waiting")
        time.sleep(3)
        meter.mark(None)
    ledger = meter.ledger()
    assert meter.total.known and meter.total.coverage > 0.95
    assert 0.005 < meter._ledger.accounts[0].period < 0.2
    assert sum(line.value for line in ledger.values()) == pytest.approx(meter.total.value, rel=0.01)
    line = meter._book.timeline
    seconds = dict(zip(line.kinds, line.device, strict=True))
    watts = {kind: ledger[kind].value / seconds[kind] for kind in ("train", "waiting")}
    assert watts["train"] > 1.5 * watts["waiting"]
    assert meter.overhead < 0.01
