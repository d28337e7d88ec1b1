"""What naming crowds comes to, solved, trained on and otherwise."""

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.study.visits import coral, meet, naming, nets, starts


@pytest.fixture(scope="module")
def start():
    return starts.new_class(gl.datasets.digits(), 3)


def test_a_new_class_is_told_by_the_read_out_and_never_by_the_net_as_it_is(start):
    met = meet.meet(start, 2, 3)
    assert met.points["as it is"] < 82 < met.points["solved"] and met.old["solved"] > 85
    assert met.points["solved by nobody"] < 82, "what nobody named cannot be told"
    assert 0 < met.joules < 1
    assert meet.meet(start, 2, 3).points["trained on"] == met.points["trained on"], "the net is as it was"
    assert "solved" in str(met)


def test_rivals_train_on_copies_of_the_same_net(start, monkeypatch):
    monkeypatch.setattr(meet, "LOOKS", (4, 8))
    before = {name: value.clone() for name, value in start.model.state_dict().items()}
    met = meet.meet(start, 2, 3, rivals=("spread", "CORAL"))
    assert {"with spread", "with CORAL"} <= met.points.keys()
    assert all((before[name] == value).all() for name, value in start.model.state_dict().items())


def test_drags_of_crowds_of_known_classes_can_pull(monkeypatch):
    monkeypatch.setattr(meet, "LOOKS", (4, 8))
    worn = starts.new_wearer(gl.datasets.watch(), 1, starts.turned(45))
    met = meet.meet(worn, 7, 1, rivals=("contrast", "chosen"))
    assert {"with contrast", "with chosen"} <= met.points.keys()


def test_single_names_take_the_seconds_of_the_crowds(start):
    run = nets.trainer(start.model, start.train, 0, warm=True)
    crowds, seconds = naming.crowds(start, run, 4, np.random.default_rng(0))
    run.close()
    assert len(crowds) == 4 and seconds >= 4 * naming.LASSO
    single = naming.singles(start, seconds, np.random.default_rng(0))
    assert sum(len(ids) for ids, _ in single) == int(seconds / naming.SINGLE)
    assert set(start.train.y[[i for ids, _ in single for i in ids]].tolist()) == {-1}


def test_covariances_made_alike_end_nearer_than_without(start):
    y = torch.from_numpy(start.truth)
    old, new = (torch.from_numpy(ids) for ids in (np.flatnonzero(start.truth < 8), start.new))
    apart = {}
    for weight in (0.0, 100.0):
        model = nets.made(nets.mlp, start.train, 10, 0)
        parts = (old, new[:20], new)
        list(coral.trained(model, start.train.x, y, parts, (60,), seed=0, rate=1e-3, weight=weight))
        with torch.no_grad():
            z = model[:3](start.train.x)
        apart[weight] = float((torch.cov(z[old].T) - torch.cov(z[new].T)).square().mean())
    assert apart[100.0] < apart[0.0] / 2
