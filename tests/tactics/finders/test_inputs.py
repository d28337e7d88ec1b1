"""Inputs are held in bytes or halves and read as floats; memory falls, joules do not, and that is said."""

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.tactics.finders import inputs
from greenlatent.tactics.finders.inputs import SmallRows, small, smaller_inputs
from greenlatent.tactics.offer import Asked

from ...parts import clusters
from ..simulated import lab, scripted  # noqa: F401 - a fixture


def test_whole_steps_become_bytes_that_give_the_same_inputs():
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (60, 1, 4, 4)).float() / 255
    pixels[0, 0, 0, :2] = torch.tensor([0.0, 1.0])
    train = gl.Samples(pixels, [i % 3 for i in range(60)], preview="image")
    held = small(train)
    assert held.rows.bytes == pixels.numel() and held.preview == "image" and held.shape == train.shape
    assert torch.allclose(held.x, train.x, atol=1e-6) and held.x.dtype == torch.float32
    ids = torch.tensor([3, 1])
    assert held.view(ids).equal(held.x[ids]) and isinstance(held.take([5, 2]).rows, SmallRows)
    assert held.take([5, 2]).x.equal(held.x[[5, 2]])


def test_other_floats_become_halves_and_what_is_beyond_them_is_refused():
    train = clusters(40)
    held = small(train)
    assert held.rows.bytes == train.x.numel() * 2 and torch.allclose(held.x, train.x, rtol=1e-3, atol=1e-3)
    assert small(train, bits=8).rows.bytes == train.x.numel()
    with pytest.raises(ValueError, match="beyond what 16 bits hold"):
        small(gl.Samples(train.x * 1e6, train.y))
    with pytest.raises(ValueError, match="bits is 8 or 16"):
        small(train, bits=4)


def test_T4_it_is_advised_where_inputs_are_most_of_memory_and_else_left_as_no_matter_of_joules(monkeypatch):
    with lab() as run:
        left = smaller_inputs(Asked(run.run, 100))
        assert left.left.startswith("no joules, but memory: inputs take")
        monkeypatch.setattr(inputs, "resident", lambda: 2_000.0)
        found = run.advise(steps=400)
        advice = found.of("T4")
        assert advice in found and advice.forecast.known == "not of joules" and "less:" not in str(advice)
        setup = advice.apply()
        assert isinstance(setup["train"].rows, SmallRows) and isinstance(setup["valid"].rows, SmallRows)
        assert setup.inputs(clusters(10)).rows.bytes == 10 * 4 * 2
        with gl.Lab(**setup, session=False, film=False) as other:
            other.step(5)
            assert other.accuracy is not None
            assert smaller_inputs(Asked(other.run, 100)) == "the inputs are held in few bits already"


def test_T4_accuracy_is_rehearsed_and_tokens_and_datasets_are_left(scripted):  # noqa: F811
    with lab() as run:
        tryout = run.advise(steps=400).of("T4").rehearse(share=0.05)
        assert tryout.points is not None and abs(tryout.points[0]) < 0.2
    tokens = gl.Samples(np.arange(40).reshape(10, 4), [0, 1] * 5)
    assert tokens.x.dtype == torch.int64

    class Run:
        class trainer:
            train, valid = tokens, None

    assert smaller_inputs(Asked(Run, 10)) == "the inputs are no floats"
