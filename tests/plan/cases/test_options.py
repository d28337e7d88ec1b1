"""Options: cards with what others saw, losses included."""

import pytest

import greenlatent as gl
from greenlatent.plan.cases.options import options


def test_the_cards_of_a_group_tell_what_costs_more_too():
    found = gl.Plan("mine").facts("compression")
    assert len(found) == 4 and any(card.can_cost_more for card in found)
    assert "it can cost more" in str(found[1]) and "ML.ENERGY" in str(found[1])
    assert len(gl.Plan("mine").facts()) == len(options()) == 24


def test_a_group_that_is_none_lists_what_there_is():
    with pytest.raises(ValueError, match="there are architecture, training strategy"):
        gl.Plan("mine").facts("magic")


def test_a_row_without_a_source_is_an_error(tmp_path):
    path = tmp_path / "options.csv"
    head = "group,option,instead_of,factor_low,factor_high,seen_with,tactic,url,source,year,licence,checked"
    path.write_text(f"{head}\na,b,c,0.5,0.6,,,,,2024,MIT,read\n")
    with pytest.raises(ValueError, match="source is wrong"):
        options(path)
