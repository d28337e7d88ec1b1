"""The form of the page is what `lab.rate` takes: whole parts, in the order of the scales, kept in the session."""

import json

import pytest

import greenlatent as gl
from greenlatent.lab.rating import LOADS, USABILITY, form
from greenlatent.study.person.forms import ITEMS, PAIRS, SCALES
from tests.parts import clusters, linear_net

AGREE, LOAD = ["4", "2"] * 5, ["60", "10", "30", "20", "50", "10"]
PICKED = ["mental"] * 5 + ["effort"] * 4 + ["temporal"] * 3 + ["performance"] * 2 + ["frustration"]


@pytest.fixture
def lab(tmp_path):
    lab = gl.Lab(linear_net(), clusters(60), latent="0", batch_size=8, threads=1, session=tmp_path / "s")
    yield lab
    lab.close()


def fill(lab, answers, text=""):
    lab.runner.call(lambda: lab._dashboard.rate(answers, text))
    (path,) = lab.session.folder.parent.rglob("ratings.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_form_asks_for_each_answer_that_the_scores_need():
    agree, loads, pairs = (part["rows"] for part in form())
    assert len(agree) == len(USABILITY) == ITEMS and tuple(LOADS) == SCALES and len(loads) == len(SCALES)
    assert len(pairs) == PAIRS == len({tuple(row["choice"]) for row in pairs})
    assert all(sum(name in row["choice"] for row in pairs) == 5 for name in SCALES)


def test_what_is_filled_in_is_what_code_would_have_said(lab):
    (line,) = fill(lab, [*AGREE, *LOAD, *PICKED], "the rings helped")
    scales = dict(zip(SCALES, map(float, LOAD), strict=True))
    pairs = {name: PICKED.count(name) for name in SCALES}
    said = lab.rate(sus=[4, 2] * 5, tlx=scales, pairs=pairs, text="the rings helped")
    assert {key: line[key] for key in said} == said and said["sus_score"] == 75.0
    assert lab._dashboard.rated == "Kept: SUS 75.0, TLX 30.0, weighted 42.7. Thank you."


def test_a_part_may_be_left_empty_but_not_half(lab):
    nothing = [""] * (ITEMS + len(SCALES) + PAIRS)
    (line,) = fill(lab, nothing, "only words")
    assert line["sus"] is None and line["tlx"] is None and line["text"] == "only words"
    with pytest.raises(ValueError, match="1 of the ten statements are answered"):
        fill(lab, ["3", *nothing[1:]])
    with pytest.raises(ValueError, match="nothing was said"):
        fill(lab, nothing)
    with pytest.raises(ValueError, match="from 1 "):
        fill(lab, ["9", *AGREE[1:], *nothing[ITEMS:]])
    with pytest.raises(ValueError, match="pairs weigh the six scales"):
        fill(lab, [*nothing[: ITEMS + len(SCALES)], *PICKED], "words")
    assert lab._dashboard.ratings == 1
