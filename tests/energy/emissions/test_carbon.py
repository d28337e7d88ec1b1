"""Grams from a table that says year, source and licence in every row; no region, no grams."""

import pytest

from greenlatent.energy import Joules, Model
from greenlatent.energy.emissions.carbon import TABLE, grid, grids

from ..simulated import Machine

HEADER = "iso3,iso2,country,grams_per_kwh,year,source,licence\n"


def test_every_row_has_a_year_a_source_and_a_licence():
    table = grids()
    assert len(table) > 200
    assert all(
        2021 <= row.year <= 2030 and row.source and row.licence == "CC BY 4.0" for row in table.values()
    )
    assert TABLE.read_text().startswith("#") and "Our World in Data" in TABLE.read_text()


@pytest.mark.parametrize("name", ["DE", "de", "DEU", "deu", "Germany", " germany "])
def test_a_country_is_found_by_code_of_two_or_three_letters_or_by_name(name):
    assert grid(name).country == "Germany"


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        ("UK", "GBR"),
        ("us", "USA"),
        ("Côte d\u2019Ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("Réunion", "REU"),
        ("GR", "GRC"),
    ],
)
def test_names_and_codes_people_use_are_understood(name, iso3):
    assert grid(name).iso3 == iso3


def test_no_two_rows_share_a_code_or_a_name():
    rows = [*grids().values()]
    for column in ("iso3", "iso2", "country"):
        assert len({getattr(row, column) for row in rows}) == len(rows)
    assert all(len(row.iso3) == 3 and len(row.iso2) == 2 for row in rows)
    assert 20 < grid("NOR").grams_per_kwh < 60 < 300 < grid("POL").grams_per_kwh


def test_a_kilowatt_hour_weighs_what_the_table_says():
    grams = grid("FRA").grams(Joules(3.6e6, 3.5e6, 3.8e6))
    assert grams.value == pytest.approx(grid("FRA").grams_per_kwh)
    assert grams.low < grams.value < grams.high
    assert "France" in str(grams) and "CC BY 4.0" in str(grams)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("DEU,DE,Germany,344,,Ember,CC BY 4.0", "has no year"),
        ("DEU,DE,Germany,,2024,Ember,CC BY 4.0", "has no grams_per_kwh"),
        ("DEU,DE,Germany,344,2024,Ember,", "has no licence"),
        ("DEU,DE,Germany,many,2024,Ember,CC BY 4.0", "no number"),
        ("DEU,DE,Germany,-3,2024,Ember,CC BY 4.0", "cannot be"),
        ("DEU,DE,Germany,344,1492,Ember,CC BY 4.0", "cannot be"),
        ("DEU,DE,Germany", "has no grams_per_kwh, year"),
    ],
)
def test_a_row_that_lacks_anything_is_an_error_and_no_guess(tmp_path, row, says):
    path = tmp_path / "table.csv"
    path.write_text(HEADER + row + "\n")
    with pytest.raises(ValueError, match=f"row 2.*{says}"):
        grids(path)


def test_a_table_of_other_columns_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("country,grams\nGermany,344\n")
    with pytest.raises(ValueError, match="it needs iso3"):
        grids(path)


@pytest.mark.parametrize(
    ("name", "says"), [("Germanium", "did you mean Germany"), ("XYZ", "ISO 3166 code"), ("", "ISO 3166")]
)
def test_an_unknown_region_is_refused_with_a_hint(name, says):
    with pytest.raises(ValueError, match=says):
        grid(name)
    with pytest.raises(TypeError, match="give a country"):
        grid(49)


def test_no_region_no_grams():
    machine = Machine()
    meter = machine.meter(Model())
    machine.work(1)
    meter.stop()
    assert meter.carbon() is None
    assert "Carbon: not given" in meter.report()


def test_a_region_gives_grams_of_the_total_or_of_any_reading():
    machine = Machine()
    meter = machine.meter(Model(), region="SWE")
    machine.work(10)
    meter.stop()
    assert meter.carbon().value == pytest.approx(meter.total.value / 3.6e6 * grid("SWE").grams_per_kwh)
    assert meter.carbon(Joules(0, 0, 0)).value == 0
    assert "Sweden" in meter.report()


def test_a_missing_reading_has_no_grams():
    grams = grid("DE").grams(Joules.missing())
    assert str(grams) == "no reading"
    meter = Machine().meter(region="DE")
    assert "Carbon: no reading" in meter.report()
    with pytest.raises(TypeError, match="give a reading"):
        meter.carbon(3.6e6)
