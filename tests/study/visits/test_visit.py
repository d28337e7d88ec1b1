"""One name for each kind of news."""

from functools import partial

import numpy as np
import pytest

import greenlatent as gl
from greenlatent import study
from greenlatent.study.visits import meet, rare, visit

from ...parts import clusters


def test_what_is_unknown_or_lacks_people_is_refused_with_what_would_work():
    digits = gl.datasets.digits()
    with pytest.raises(ValueError, match="what is one of wearer, turned"):
        study.Visit(digits, "holiday")
    with pytest.raises(ValueError, match="need the group 'recording'"):
        study.Visit(digits, "turned")
    with pytest.raises(ValueError, match="change="):
        study.Visit(digits, "instrument")
    with pytest.raises(ValueError, match="rivals are of"):
        study.Visit(digits, "class", rivals=("luck",))
    with pytest.raises(ValueError, match="found, not dragged"):
        study.Visit(digits, "class", rivals=("contrast",))


def test_data_that_no_visit_can_be_judged_by_are_refused_before_anything_is_trained():
    digits, few = gl.datasets.digits(), clusters(60)
    bare = digits.y.clone()
    bare[:7] = -1
    for data, what, words in (
        (gl.Samples(digits.x, digits.y.float()), "class", "float labels"),
        (gl.Samples(digits.x, None), "class", "no labels"),
        (
            gl.Samples(digits.x, np.ones((len(digits), 2), np.float32), label="0"),
            "class",
            "several labels a sample",
        ),
        (gl.Samples(digits.x, bare), "rare", "7 have none"),
        (few, "class", "at least 4 classes, got 3"),
        (
            gl.Samples(few.x, few.y, groups={"subject": few.y, "recording": few.y}),
            "turned",
            r"signals \(n, 6, t\)",
        ),
    ):
        with pytest.raises(ValueError, match=words):
            study.Visit(data, what)
    for named in (0, -1, 2.5):
        with pytest.raises(ValueError, match="whole number from 1 on"):
            study.Visit(digits, "class", named=named)
    with pytest.raises(ValueError, match="ask for at most as many, not 9,999"):
        study.Visit(digits, "rare", named=9999).meet(0)


def test_each_kind_of_news_is_met(monkeypatch):
    monkeypatch.setattr(meet, "LOOKS", (4,))
    monkeypatch.setattr(rare, "LOOKS", (4,))
    monkeypatch.setattr(visit, "drag", partial(visit.drag, steps=4))
    digits, watch = gl.datasets.digits(), gl.datasets.watch()
    for each in (
        study.Visit(digits, "class"),
        study.Visit(digits, "rare"),
        study.Visit(digits, "instrument", change=lambda x: 1 - x),
        study.Visit(watch, "upside down", named=3),
    ):
        met = each.meet(0)
        assert len(met.points) >= 3 and all(0 <= value <= 100 for value in met.points.values()), each.what
