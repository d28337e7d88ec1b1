"""A teacher who asks for films gets one page for each hand-in that was replayed."""

import itertools

import pytest

from greenlatent.course.grading import grade, main

from .test_grading import LESSON, clock, handed, home, lesson  # noqa: F401  two are fixtures


def test_each_hand_in_that_was_replayed_becomes_a_page_that_plays_it(home, capsys):  # noqa: F811
    handed("a.zip", ids=(3, 5))
    (home / "sub").mkdir()
    handed("sub/a.zip")
    (home / "broken.zip").write_bytes(b"nothing")
    (home / "lesson.py").write_text(LESSON)
    assert main(["a.zip", "sub/a.zip", "broken.zip", "--films", "pages"]) == 1, "one is refused"
    pages = sorted(path.name for path in (home / "pages").iterdir())
    assert pages == ["a-2.html", "a.html"]
    text = (home / "pages" / "a.html").read_text()
    assert "<title>a.zip</title>" in text and "default-src 'none'" in text
    assert "a.zip: its film ..." in capsys.readouterr().out


def test_nobody_who_does_not_ask_gets_one(home):  # noqa: F811
    grade([handed("a.zip")], lesson)
    assert not list(home.glob("**/*.html"))


def test_a_film_that_takes_too_long_is_given_up_and_said(monkeypatch, home):  # noqa: F811
    import greenlatent.film.replayed as replayed

    path, ticks = handed("a.zip"), itertools.count(step=30)
    monkeypatch.setattr(replayed.time, "monotonic", lambda: next(ticks))
    with pytest.raises(TimeoutError, match="given up after 600 s"):
        replayed.film_of(*_given(path), steps=60, patience=600)


def _given(path):
    from greenlatent.course.handin import read

    return read(path).journal, lesson()["model"], lesson()["train"]
