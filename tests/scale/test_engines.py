"""Ranks that are engines of a real ipyparallel cluster."""

import os
import signal

import pytest

import greenlatent as gl
from tests.parts import net, weights
from tests.scale.test_leader import NET, TRAIN, apart, every_kind, made

ipyparallel = pytest.importorskip("ipyparallel")
pytestmark = pytest.mark.slow


@pytest.fixture
def view():
    """A view of two engines, on loopback."""
    with ipyparallel.Cluster(n=2, log_level=40) as client:
        yield client[:]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_engines_train_along_and_a_dead_one_is_told(view):
    trainer = made(view)
    every_kind(trainer)
    alone = made(None)
    every_kind(alone)
    assert trainer.ranks == 3
    assert apart(weights(trainer.model), weights(alone.model)) < 1e-5
    trainer.close()
    alone.close()
    assert view.apply_sync(os.getpid), "the engines are free for other work"
    other = gl.Trainer(net(1), TRAIN, **NET, ranks=view)
    other.step(2)
    os.kill(other.company.who.nodes[1]["pid"], signal.SIGKILL)
    with pytest.raises(RuntimeError, match=r"rank 1 .* is gone|did not answer"):
        other.step(2)
    other.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lab_whose_cluster_was_stopped_first_tells_it_and_goes_on_alone_and_closes():
    cluster = ipyparallel.Cluster(n=1, log_level=40)
    view = cluster.start_and_connect_sync()[:]
    ranks = gl.scale.Ranks(2, view=view, timeout=5)
    lab = gl.Lab(net(), TRAIN, **NET, session=False, ranks=ranks)
    lab.step(3)
    cluster.stop_cluster_sync()
    with pytest.raises(RuntimeError, match=r"rank 1 .*(is gone|did not answer)"):
        lab.step(2)
    assert lab.trainer.steps == 3
    with pytest.raises(RuntimeError, match="engines of this view cannot be asked"):
        lab.step(2)
    lab.ranks = 1
    lab.step(2)
    assert lab.trainer.steps == 5
    lab.close()
    ranks.close()
