"""What people say of working with a Lab: scores as the two forms define them, and a table of all sessions."""

import csv

import pytest

import greenlatent as gl
from greenlatent import study
from greenlatent.study.person.forms import SCALES

from ...parts import clusters, linear_net

SIX = dict(zip(SCALES, (60, 10, 30, 20, 50, 10), strict=True))
PAIRS = dict(zip(SCALES, (5, 0, 3, 2, 4, 1), strict=True))


def test_sus_is_what_the_scale_defines():
    assert study.sus([3] * 10) == 50.0
    assert study.sus([5, 1] * 5) == 100.0 and study.sus([1, 5] * 5) == 0.0
    assert study.sus([4, 2, 4, 1, 4, 2, 5, 2, 4, 2]) == 2.5 * (3 + 3 + 3 + 4 + 3 + 3 + 4 + 3 + 3 + 3)


@pytest.mark.parametrize(
    "answers", [[], [3] * 9, [3] * 11, [0] + [3] * 9, [6] + [3] * 9, [2.5] + [3] * 9, [True] * 10]
)
def test_other_than_ten_of_1_to_5_is_refused(answers):
    with pytest.raises(ValueError, match="ten answers, whole numbers from 1"):
        study.sus(answers)
    for other in ("3333333333", None, 5):
        with pytest.raises(TypeError, match="ten answers"):
            study.sus(other)


def test_tlx_is_the_mean_or_weighted_by_fifteen_pairs():
    assert study.tlx(SIX) == 30.0
    assert study.tlx(SIX, PAIRS) == pytest.approx((5 * 60 + 3 * 30 + 2 * 20 + 4 * 50 + 1 * 10) / 15)


@pytest.mark.parametrize(
    ("scales", "pairs"),
    [
        ({}, None),
        ({**SIX, "joy": 3}, None),
        ({**SIX, "effort": 101}, None),
        ({**SIX, "effort": float("nan")}, None),
        ({**SIX, "effort": "50"}, None),
        (SIX, {"mental": 15}),
        (SIX, {**PAIRS, "mental": 4}),
        (SIX, {**PAIRS, "joy": 0}),
    ],
)
def test_scales_and_pairs_that_are_none_are_refused(scales, pairs):
    with pytest.raises(ValueError, match=r"0 to 100|15 in all"):
        study.tlx(scales, pairs)
    with pytest.raises(TypeError, match="how often each"):
        study.tlx(SIX, [1])


def test_what_is_said_is_kept_in_the_session_and_all_sessions_make_a_table(tmp_path):
    for name in ("one", "two"):
        with gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, session=tmp_path / name) as lab:
            lab.step(3)
            said = lab.rate(sus=[5, 1] * 5, tlx=SIX, pairs=PAIRS, text='=HYPERLINK("x")')
            assert said["sus_score"] == 100.0 and said["tlx_score"] == 30.0
            if name == "two":
                lab.rate(text="the rings helped")
    rows = study.rated(tmp_path, to=tmp_path / "all.csv")
    assert [row["session"] for row in rows] == ["one", "two", "two"] and rows[0]["step"] == 3
    assert rows[0]["sus"] == 100.0 and rows[0]["tlx"] == 30.0 and rows[2]["sus"] is None
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 3 and table[0]["text"].startswith("'="), "no spreadsheet runs it"


def test_cards_that_were_answered_are_counted(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "ratings.jsonl").write_text('{"text": "so", "step": 4}\n{"half')
    lines = [
        ("a", "shown"),
        ("a", "accepted"),
        ("a", "accepted"),
        ("b", "rejected"),
        ("c", "changed"),
        ("c", "taken back"),
    ]
    (folder / "proposals.jsonl").write_text(
        "\n".join(f'{{"id": "{i}", "state": "{s}"}}' for i, s in lines) + "\nnonsense"
    )
    (row,) = study.rated(tmp_path)
    assert (row["accepted"], row["changed"], row["rejected"]) == (1, 1, 1) and row["text"] == "so"


def test_nothing_said_and_nowhere_to_keep_it_are_told(tmp_path):
    with gl.Lab(linear_net(), clusters(), latent="0", session=False) as lab:
        with pytest.raises(ValueError, match="nothing was said"):
            lab.rate()
        with pytest.raises(ValueError, match="keeps no session"):
            lab.rate(text="good")
        with pytest.raises(ValueError, match="pairs weigh"):
            lab.rate(text="good", pairs=PAIRS)
        for wrong in ({"sus": 5}, {"tlx": [1]}, {"tlx": "abc"}):
            with pytest.raises(TypeError, match=r"ten answers|number from 0 to 100"):
                lab.rate(**wrong)
        for wrong in (
            {"sus": [None] * 10},
            {"sus": [3] * 9 + ["a"]},
            {"tlx": {**SIX, "mental": None}},
            {"text": "\ud800"},
        ):
            with pytest.raises(ValueError, match=r"ten answers|number from 0 to 100|half of a character"):
                lab.rate(**wrong)
