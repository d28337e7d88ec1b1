"""Runs on disk and on paper."""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.energy import Model, read
from greenlatent.energy.record import _joules, _plain

from .simulated import Lagging, Machine, Source
from .test_joules import readings


def run(kinds=("train", "feedback", "waiting"), **options):
    machine = Machine(1)
    meter = machine.meter(Source(Lagging(machine, period=0.02)), Model(), **options)
    for i in range(400):
        meter.mark(kinds[i % len(kinds)])
        machine.work(0.003 * (1 + i % 5), 100.0 + 40 * (i % len(kinds)))
    meter.mark(None)
    meter.stop()
    return meter


def same(one, other):
    assert one.value == pytest.approx(other.value)
    assert (one.low, one.high, one.coverage) == pytest.approx((other.low, other.high, other.coverage))
    assert one.badges == pytest.approx(other.badges) and one.merged == other.merged
    assert one.shared.keys() == other.shared.keys()


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_what_is_exported_is_read_again(tmp_path, name):
    meters = [run(region="DEU"), run(pue=1.4)]
    for meter in meters:
        assert meter.export(tmp_path / "new" / name) == tmp_path / "new" / name
    records = read(tmp_path / "new" / name)
    assert [record.about["run"] for record in records] == [meter.id for meter in meters]
    for meter, record in zip(meters, records, strict=True):
        same(record.total, meter.total)
        assert record.lines.keys() == meter.ledger().keys()
        for kind, joules in meter.ledger().items():
            same(record.lines[kind], joules)
            assert record.units[kind] == meter.units(kind)
        assert record.about["seconds"] == pytest.approx(meter.seconds)
        assert "simulated" in str(record.about["method"])
    ratio = records[0].lines["train"] / records[1].lines["train"]
    assert ratio.low <= ratio.value <= ratio.high


def test_a_json_line_says_how_it_knows(tmp_path):
    run(region="DEU").export(tmp_path / "run.jsonl")
    told = json.loads((tmp_path / "run.jsonl").read_text())
    assert told["format"] == 1 and told["calibration"] is None
    assert told["settings"]["grid"].startswith("Germany") and told["versions"]["numpy"]
    assert told["lines"]["train"]["badges"] and 0 < told["lines"]["train"]["coverage"] <= 1
    assert 0 <= told["overhead"] < 1


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    kinds = ("=1+1", "@sum", "-train", "+more", "'quoted")
    meter = run(kinds)
    meter.export(tmp_path / "run.csv")
    with (tmp_path / "run.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert set(kinds) <= set(read(tmp_path / "run.csv")[0].lines)


def test_the_address_of_a_plug_stays_at_home(tmp_path):
    meter = run()
    meter._note("Tasmota: http://192.168.1.20/cm answers 404")
    meter.export(tmp_path / "run.jsonl")
    assert "192.168" not in (tmp_path / "run.jsonl").read_text()


@settings(max_examples=50)
@given(readings)
def test_any_reading_survives_json(joules):
    again = _joules(json.loads(json.dumps(_plain(joules), allow_nan=False)))
    assert again == joules


def test_a_missing_reading_is_null_and_comes_back_missing(tmp_path):
    machine = Machine()
    meter = machine.meter()
    machine.work(1)
    meter.stop()
    for name in ("run.jsonl", "run.csv"):
        meter.export(tmp_path / name)
        assert not read(tmp_path / name)[0].total.known
    assert json.loads((tmp_path / "run.jsonl").read_text())["total"]["joules"] is None
    assert "no reading" in meter.report()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", "not json\n", "line 1 is no run"),
        ("a.jsonl", '{"total": 3}\n', "line 1 is no run"),
        ("a.csv", "time,watts\n1,2\n", "has the columns"),
        ("a.csv", "", "has the columns"),
    ],
)
def test_other_files_are_refused(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        read(tmp_path / name)


def test_a_damaged_csv_names_the_row(tmp_path):
    run().export(tmp_path / "run.csv")
    lines = (tmp_path / "run.csv").read_text().splitlines()
    (tmp_path / "cut.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(ValueError, match="has no total"):
        read(tmp_path / "cut.csv")
    lines[2] = lines[2].replace("{", "<", 1)
    (tmp_path / "bad.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match="row 3"):
        read(tmp_path / "bad.csv")


@st.composite
def suffixes(draw):
    return draw(st.sampled_from(["", ".txt", ".xlsx"]))


@settings(max_examples=5, deadline=None)
@given(suffixes())
def test_only_two_formats_are_written(suffix):
    with pytest.raises(ValueError, match=r"\.jsonl"):
        Machine().meter().export(f"run{suffix}")


def test_a_report_can_be_printed_by_a_paper():
    text = run(region="DEU", pue=1.2).report()
    for part in ("by an energy counter", "Intervals are 95 %", "PUE of 1.2", "Germany", "Versions: python"):
        assert part in text
    table = [line.split() for line in text.splitlines() if line.startswith(("train", "feedback", "waiting"))]
    assert len(table) == 3


def test_stages_add_up_to_the_total():
    meter = run(("collect", "prepare", "train", "feedback", "evaluate", "infer"))
    stages = meter.stages()
    assert set(stages) == {"collect", "prepare", "train", "infer"}
    assert sum(joules.value for joules in stages.values()) == pytest.approx(meter.total.value)
