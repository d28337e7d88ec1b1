"""One meter a node, added up; two of them on this machine, by the name that a rank gives its own."""

import os

import pytest

import greenlatent as gl
from greenlatent.energy.sources.model import Model
from greenlatent.scale.nodes import Nodes
from tests.scale.test___main__ import free_port, make, started
from tests.scale.test_leader import until


class Store(dict):
    """The words that a node left."""

    def check(self, keys):
        return all(key in self for key in keys)

    def get(self, key):
        return self[key]


class Charged(gl.Meter):
    """A meter that remembers what it was charged."""

    def __init__(self):
        super().__init__()
        self.charged = []

    def charge(self, kind, joules):
        self.charged.append((kind, joules))
        super().charge(kind, joules)


def test_another_node_meters_itself_and_its_joules_are_in_the_ledger():
    address = f"127.0.0.1:{free_port()}"
    meter = Charged()
    meter.start()
    other = started(address, 1, module="tests.scale.other_node")
    with other as process, gl.scale.Ranks(2, address=address, timeout=30) as ranks:
        trainer = gl.Trainer(**make(), ranks=ranks, meter=meter)
        assert "on node2" in repr(ranks)
        trainer.step(20)
        until(lambda: trainer.company.energies()["node2"].known)
        theirs, mine = trainer.company.energies()["node2"].value, meter.ledger()["train"].value
        trainer.close()
        after = trainer.company.energies()["node2"].value
        assert process.wait(60) == 0
    assert 0 < theirs < after
    assert sum(joules.value for _, joules in meter.charged) == pytest.approx(after), "each joule once"
    assert meter.ledger()["train"].value > mine
    meter.stop()


def test_the_kernels_meter_counts_its_children_and_no_other_meter_runs_here():
    watts = Model((1.0, 1.0, 1.0), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))
    meter, begun = gl.Meter([watts], calibration=False), os.times()
    meter.start()
    trainer = gl.Trainer(**make(), ranks=2, meter=meter)
    assert trainer.company.energies() == {}
    trainer.step(300)
    trainer.close()

    def spent():
        """Of this process and of the other, which has ended."""
        return sum(os.times()[:4]) - sum(begun[:4])

    assert os.times().children_user - begun.children_user > 1, "to load torch takes longer than that"
    # children are looked at once a second
    until(lambda: meter.processor_seconds == pytest.approx(spent(), rel=0.05))
    meter.stop()
    idle = watts.cpus * meter.seconds
    assert meter.total.value == pytest.approx(idle + 3.0 * spent(), rel=0.05), "idle once, not once a rank"


def test_a_silent_node_lowers_coverage_and_never_reads_zero(monkeypatch):
    meter, store, now = Charged(), Store(), [0.0]
    monkeypatch.setattr("greenlatent.scale.nodes.time.monotonic", lambda: now[0])
    told = Nodes(store, 1, {"node2"})
    meter.start()
    with meter.doing("train"):
        sum(range(1000))
    told.hear(meter)
    assert not told.totals["node2"].known
    now[0] = 6.0
    told.hear(meter)
    told.hear(meter)
    meter.stop()
    assert [kind for kind, _ in meter.charged] == ["train"]
    assert meter.ledger()["train"].coverage < 1
    assert not told.totals["node2"].known
