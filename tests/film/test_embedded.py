"""In a notebook a film stands in a frame that reaches nothing, in the theme around it, and as high as it needs."""

import re
from html import unescape

import pytest

from greenlatent.film.embedded import fitting
from greenlatent.widgets.theme import Theme

from .test_html import film  # noqa: F401  the fixture


def themes(shown):
    return re.findall(r":root,.greenlatent\{color-scheme:(\w+)!important\}", unescape(shown.data))


def test_it_is_embedded_in_a_frame_that_reaches_nothing(film):  # noqa: F811
    shown = film._repr_html_()
    assert '<iframe sandbox="allow-scripts" style' in shown and "<script" not in shown


def test_it_has_the_theme_that_it_is_told_or_that_of_the_system(film):  # noqa: F811
    assert themes(film.embed()) == [] and themes(film.embed(theme="dark")) == ["dark"]
    with pytest.raises(ValueError, match='"light", "dark" or None'):
        film.embed(theme="dark}</style>")


def test_shown_below_a_live_view_it_has_the_theme_of_that_page(film, monkeypatch):  # noqa: F811
    from greenlatent.widgets import Widget, protocol

    monkeypatch.setattr(Theme, "dark", None)
    shown = []
    for more in ({}, {"dark": True}, {"dark": False}):
        hello = {"v": protocol.VERSION, "type": "hello", "seq": 0, "view": "v", "open": True, **more}
        Widget("scatter")._hear(None, hello, [])
        shown.append(film._repr_html_())
    assert ["color-scheme:dark!" in text for text in shown] == [False, True, False]
    assert ["color-scheme:light!" in text for text in shown] == [False, False, True]


def test_it_is_as_high_as_it_is_told_or_as_its_views_need(film):  # noqa: F811
    assert "height: 500px;" in film.embed(height=500).data
    assert fitting(1).startswith("max(700px, ") and fitting(1) in film.embed().data
    assert fitting(2) in film.compare(film).embed().data
