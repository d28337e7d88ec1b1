"""The picture without a page: the page's colours, a ring a group, and small."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from greenlatent.agent.asking.drawing import EIGHT, ELEVEN, INK, SIDE, draw


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_its_colours_are_those_of_the_page():
    text = (Path(__file__).parents[3] / "js/src/paint/colours.ts").read_text()
    found = re.findall(r'"#([0-9a-f]{6})"', text)
    assert tuple(found[:8]) == EIGHT and tuple(found[8:19]) == ELEVEN


def test_each_class_has_its_colour_and_each_group_its_ring():
    z = torch.cat([torch.randn(200, 4), torch.randn(200, 4) + 20])
    given = np.repeat([0, 1], 200)
    plain, ringed = pixels(draw(z, given, [])), pixels(draw(z, given, [range(10), range(200, 220)]))
    assert plain.shape == (SIDE, SIDE, 3)
    for name in EIGHT[:2]:
        assert (plain == tuple(bytes.fromhex(name))).all(2).sum() > 100
    assert not (plain == INK).all(2).any() and (ringed == INK).all(2).sum() > 100


def test_nothing_to_draw_and_odd_numbers_are_a_picture_too():
    assert pixels(draw(torch.zeros(0, 3), np.zeros(0, int), [])).min() == 255
    z = torch.randn(50, 1)
    z[3] = float("nan")
    assert draw(z, None, []).startswith(b"\x89PNG")
    assert draw(torch.zeros(20, 2), np.full(20, -1), [[1, 2]]).startswith(b"\x89PNG")


def test_of_many_groups_the_first_eight_have_a_ring():
    z = torch.randn(200, 4)
    eight, many = ([[k, k + 1] for k in range(n)] for n in (8, 12))
    assert draw(z, None, eight) == draw(z, None, many)


@pytest.mark.parametrize("dims", [2, 64])
def test_it_is_small(dims):
    png = draw(torch.randn(10_000, dims), np.arange(10_000) % 10, [range(8)])
    assert len(png) < 48_000
