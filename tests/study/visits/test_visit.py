"""One name for each kind of news."""

from functools import partial

import pytest

import greenlatent as gl
from greenlatent import study
from greenlatent.study.visits import meet, rare, visit


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
