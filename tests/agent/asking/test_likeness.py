"""What samples look like to a model that may be shown them."""

import struct

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.agent.agent import Agent
from greenlatent.agent.asking.likeness import GREYS, WIDE, likenesses

from ..test_agent import plain
from ..test_seated import a_group, met
from .scripted import Scripted


def samples(x, preview):
    return gl.Samples(x, np.arange(len(x)) % 2, preview=preview)


def test_an_image_keeps_its_shape_and_its_light_and_dark():
    x = np.zeros((4, 64), np.float32)
    x[:, :32] = 1.0  # the upper half of 8 x 8
    (look,) = likenesses(samples(x, "image"), [0])
    assert (
        look.shape == (WIDE, WIDE) and (look[: WIDE // 2] == GREYS - 1).all() and not look[WIDE // 2 :].any()
    )
    wide = samples(np.ones((4, 3, 8, 16), np.float32).cumsum(3), "image")
    (look,) = likenesses(wide, [0])
    assert look[0, 0] == 0 < look[0, WIDE - 1] and (look[WIDE // 2 :] == GREYS - 1).all()


def test_a_signal_is_a_line_that_rises_where_it_rises():
    (look,) = likenesses(samples(np.linspace(0, 1, 40, dtype=np.float32)[None].repeat(4, 0), "signal"), [0])
    assert look[WIDE - 1, 0] == 0 == look[0, WIDE - 1] and look[0, 0] == GREYS - 1


@pytest.mark.parametrize("preview", [lambda i: "a text", lambda i: 1 / 0, lambda i: None])
def test_what_has_no_picture_is_blank(preview):
    (look,) = likenesses(samples(torch.zeros(4, 2), preview), [0])
    assert (look == GREYS - 1).all()


def test_they_go_along_below_the_picture_only_where_that_was_wished_for():
    heights, sent = [], []
    for previews in (False, True):
        run = plain()
        llm = Scripted(a_group, powers=("schema", "image"), previews=previews)
        agent = Agent(run, level="suggest", llm=llm)
        met(agent)
        run.step(200)
        picture = agent.look().picture
        heights.append(struct.unpack(">I", picture[20:24])[0])
        sent.append(agent.look().singles)
        run.close()
    assert sent[1] and heights == [512, 512 + WIDE]
    with pytest.raises(TypeError, match="no input goes along"):
        gl.Llm("http://127.0.0.1:9/v1", previews=1)
