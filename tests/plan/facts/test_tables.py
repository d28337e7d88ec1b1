"""Tables: every row has its source, and what cannot hold is refused."""

import pytest

from greenlatent.plan.facts import tables
from greenlatent.plan.facts.tables import compare, look_up, region, table

NAMES = ("devices", "regions", "pue", "embodied", "storage")


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_who_says_so_and_lies_between_its_ends(name):
    rows = table(name)
    assert len(rows) > 3
    for fact in rows.values():
        assert all(fact.words.get(key, "").strip() for key in ("source", "licence", "checked")), fact.name
        assert 1990 < fact.year <= tables.EDITION
        assert fact.cited.endswith(f"{fact.year}, {fact.words['licence']}")


def test_mixes_sum_to_a_hundred():
    for fact in table("regions").values():
        assert sum(fact.numbers[each] for each in tables.SOURCES) == pytest.approx(100, abs=0.05)


@pytest.mark.parametrize(
    "rows, why",
    [
        (
            "who,value,low,high,year,source,licence,checked\na,1.2,1,2,2024,,MIT,read",
            "pue.csv, line 3, a: source missing",
        ),
        ("who,value,low,high,year,source,licence,checked\na,1.2,1.3,2,2024,b,MIT,read", "lies not between"),
        (
            "who,value,low,high,year,source,licence,checked\na,1,1,2,2024,b,MIT,r\na,1,1,2,2024,b,MIT,r",
            "pue.csv, line 4, a: there twice",
        ),
        (
            "who,value,low,high,year,source,licence,checked\na,much,1,2,2024,b,MIT,r",
            "line 3, a: value='much' is no n",
        ),
        (
            "who,value,low,high,year,source,licence,checked\na,1,1,2,soon,b,MIT,r",
            "line 3, a: year='soon' is no year",
        ),
        (
            "who,value,low,high,year,source,licence,checked\na,1,1,2,2024,b,MIT,r,x",
            "line 3, a: it has more or fewer",
        ),
    ],
)
def test_a_row_that_does_not_hold_is_an_error(tmp_path, rows, why):
    (tmp_path / "pue.csv").write_text("# from somebody\n" + rows + "\n")
    with pytest.raises(ValueError, match=why):
        table("pue", tmp_path)
    (tmp_path / "pue.csv").write_text(rows + "\n")
    with pytest.raises(ValueError, match="does not begin with a comment"):
        tables.table.__wrapped__("pue", tmp_path)


def test_two_regions_are_compared_with_both_years():
    found = compare("DE", "FR")
    assert found.value == pytest.approx(344.1 / 44.2)
    assert str(found).count("in 2024") == 2
    assert found.low < found.value / 1.2 and found.high > found.value * 1.2


def test_a_region_beside_itself_is_exactly_one():
    found = compare("DE", "DE")
    assert (found.low, found.value, found.high) == (1, 1, 1)


def test_a_small_grid_may_be_further_off():
    assert region("DE").factor == 1.2 and region("Falkland Islands").factor == 1.4
    assert "% wind" in str(region("DE")) and "in 2023" in str(region("DE"))


def test_a_name_is_found_by_a_part_of_it_or_refused_with_what_is_near():
    assert look_up("embodied", "laptop", "hardware").name == "laptop, 13 inch"
    with pytest.raises(ValueError, match="did you mean NVIDIA A100"):
        look_up("devices", "A100", "device")
