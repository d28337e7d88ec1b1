"""A solved read-out is a value: kept in a file, refused for another model, taken home as a module."""

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.training.solving.solved import Solved

from ...parts import clusters, trainer


@pytest.fixture()
def solved():
    t = trainer(clusters(60), meter=gl.Meter())
    t.step(3)
    t.journal.add(gl.Relabel([1, 2, 3], "class 2"), by="human")
    return t, t.solve()


def test_a_file_gives_the_same_guesses(solved, tmp_path):
    t, found = solved
    found.save(tmp_path / "solved.pt")
    again = Solved.load(tmp_path / "solved.pt", t.model)
    np.testing.assert_array_equal(again.scores(t.train.x), found.scores(t.train.x))
    assert (again.classes, again.accuracy, again.told, again.step) == (
        found.classes,
        found.accuracy,
        found.told,
        found.step,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["solved.pt"]


def test_another_model_is_refused_by_name_and_shape(solved, tmp_path):
    _, found = solved
    found.save(tmp_path / "solved.pt")
    with pytest.raises(ValueError, match=r"layer '0' has weights \(5, 4\) there and \(7, 4\) here"):
        Solved.load(tmp_path / "solved.pt", nn.Sequential(nn.Linear(4, 7), nn.ReLU(), nn.Linear(7, 3)))
    with pytest.raises(ValueError, match="no layer '0' to read"):
        Solved.load(tmp_path / "solved.pt", nn.Linear(4, 3))


def test_it_goes_home_as_a_module_without_a_hook(solved):
    t, found = solved
    module = found.module(t.model)
    scores = module(t.train.x)
    np.testing.assert_allclose(scores.numpy(), found.scores(t.train.x), atol=1e-5)
    assert {"mean", "deviation", "matrix"} <= set(module.state_dict())
    assert not t.model[2]._forward_pre_hooks and t.model.training


def test_nothing_but_tensors_and_text_is_in_the_file(solved, tmp_path):
    _, found = solved
    found.save(tmp_path / "solved.pt")
    data = torch.load(tmp_path / "solved.pt", weights_only=True)
    assert set(data) == {"tensors", "plain"}
