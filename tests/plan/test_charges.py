"""Charges: what planning took is kept line by line, and no damaged line hides the others."""

import json

import pytest

from greenlatent.plan.charges import Charges

LINE = {"at": 1, "what": "speeds", "joules": 2.0, "low": 1.0, "high": 3.0, "badges": {"model": 1.0}}


@pytest.mark.parametrize(
    "change", [{"badges": {"model": "x"}}, {"badges": [1]}, {"joules": "x"}, {"high": 10**400}, {"low": None}]
)
def test_a_damaged_line_is_left_out_and_the_others_count(tmp_path, change):
    path = tmp_path / "spent.jsonl"
    path.write_text("".join(json.dumps(told) + "\n" for told in (LINE, LINE | change, LINE)))
    assert Charges(path).total.value == 4.0


def test_a_last_line_without_its_end_swallows_no_later_charge(tmp_path):
    path = tmp_path / "spent.jsonl"
    path.write_text(json.dumps(LINE))
    charges = Charges(path)
    charges.charged("rehearsal", lambda meter: sum(range(300_000)), None)
    assert charges.last.value > 0
    assert Charges(path).total.value == pytest.approx(2.0 + charges.last.value)
