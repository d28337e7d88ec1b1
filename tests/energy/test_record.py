"""Runs on disk and on paper."""

import csv
import json
import math
import re
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.energy import Device, Meter, Model, read
from greenlatent.energy.marks import METER
from greenlatent.energy.record import TOTAL, _joules, _plain, _quoted, _unquoted

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


def exported(name):
    with tempfile.TemporaryDirectory() as folder:
        return run().export(Path(folder) / name).read_bytes()


EXPORTS = {name: exported(name) for name in ("run.jsonl", "run.csv")}


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


HOSTILE = ("a;=1+1", ";=1", "\n=1", "\t@x", "\r-1", "\uff1d1", "x\n\uff20y", "';'=1", "a;-1;+2", '"=1')


def test_no_spreadsheet_finds_a_formula_in_a_csv_whatever_it_splits_at(tmp_path):
    run(HOSTILE).export(tmp_path / "run.csv")
    raw = (tmp_path / "run.csv").read_text().split("\n", 1)[1]
    assert raw.startswith('"') and not re.search("[;\\n\\t\\r](?=[=+@\uff1d\uff0b\uff0d\uff20-])", raw)
    record = read(tmp_path / "run.csv")[0]
    assert set(HOSTILE) <= set(record.lines)


@given(st.text(st.sampled_from("a;='\n\t\r@-+\uff1d")))
def test_what_a_csv_quotes_is_read_again_as_it_was(text):
    quoted = _quoted(text)
    assert _unquoted(quoted) == text and quoted[:1] not in tuple("=+-@\t\r\n\uff1d")


def test_the_address_of_a_plug_stays_at_home(tmp_path):
    meter = run()
    meter._note("Tasmota: http://192.168.1.20/cm answers 404")
    meter.export(tmp_path / "run.jsonl")
    assert "192.168" not in (tmp_path / "run.jsonl").read_text()
    assert "the plug answers 404" in meter.report() and "192.168" not in meter.report()


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
        ("a.jsonl", "[" * 100_000, "line 1 is no run"),
        ("a.jsonl", "7\n", "line 1 is no run"),
        ("a.csv", "time,watts\n1,2\n", "has the columns"),
        ("a.csv", "", "has the columns"),
    ],
)
def test_other_files_are_refused(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=f"{name} is no text"):
        read(tmp_path / name)


def test_a_damaged_csv_names_the_row(tmp_path):
    run().export(tmp_path / "run.csv")
    lines = (tmp_path / "run.csv").read_text().splitlines()
    (tmp_path / "cut.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(ValueError, match="has no total"):
        read(tmp_path / "cut.csv")
    lines[2] = lines[2].replace("{", "<", 1)
    (tmp_path / "bad.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match="line 3"):
        read(tmp_path / "bad.csv")


# Everything that people and programs put into a name.
kinds = st.text(max_size=8) | st.sampled_from(
    ["", " ", TOTAL, f"'{TOTAL}", "a b", "a\r", "\n=1", "'", '"', ",", "\ud800"]
)
kinds = kinds.filter(lambda kind: kind != METER)  # any string but this one is a kind


def plain(text):
    return text.encode("utf-8", "backslashreplace").decode()  # half a character cannot be written


@settings(max_examples=60, deadline=None)
@given(st.lists(kinds, min_size=1, max_size=4, unique=True))
def test_a_kind_of_any_name_comes_back_from_both_formats(names):
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    for name in names * 3:
        meter.mark(name)
        machine.work(0.05, 100)
    meter.stop()
    for file in ("run.jsonl", "run.csv"):
        written = [plain(name) if file.endswith("csv") else name for name in names]
        with tempfile.TemporaryDirectory() as folder:
            record, again = (read(meter.export(Path(folder) / file))[0] for _ in range(2))
        for kind, line in meter.ledger().items():
            kind = plain(kind) if file.endswith("csv") else kind
            assert record.lines[kind].value == pytest.approx(line.value)
            assert [*map(plain, record.lines[kind].merged)] == [*map(plain, line.merged)]
            assert again.units[kind] == record.units[kind] == 3 * (kind in written)
        same(record.total, meter.total)


@pytest.mark.parametrize("kind", [7, 7.5, ("a", 1), True, object()])
def test_a_kind_that_is_no_text_is_told_by_its_text(tmp_path, kind):
    meter = run((kind, "train"))
    for name in ("run.jsonl", "run.csv"):
        record = read(meter.export(tmp_path / name))[0]
        assert record.units[str(kind)] == meter.units(str(kind)) == 200


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_exports_in_one_moment_are_as_many_runs(tmp_path, name):
    meter = run()
    for _ in range(3):
        meter.export(tmp_path / name)
    assert [record.total.value for record in read(tmp_path / name)] == [meter.total.value] * 3


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_what_is_exported_while_it_runs_adds_up(tmp_path, name):
    ended = threading.Event()

    def work():
        while not ended.is_set():
            with meter.doing("train"):
                sum(range(1000))

    with Meter([Model()], calibration=False) as meter:
        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(20):
            meter.export(tmp_path / name)
        ended.set()
        thread.join()
    records = read(tmp_path / name)
    assert len(records) == 20
    for record in records:
        assert math.fsum(line.value for line in record.lines.values()) == pytest.approx(record.total.value)
        origin = record.total.origin
        assert origin.stop - origin.start == pytest.approx(record.about["seconds"], abs=1e-3)


def test_many_programs_may_append_to_one_file(tmp_path):
    meter = run()
    threads = [threading.Thread(target=meter.export, args=(tmp_path / "run.csv",)) for _ in range(8)]
    meter.export(tmp_path / "run.csv")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read(tmp_path / "run.csv")) == 9


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_where_a_reading_comes_from_comes_back_so_that_two_machines_are_not_compared_unwarned(tmp_path, name):
    meter = run()
    path = meter.export(tmp_path / name)
    told = path.read_text()
    origin = read(path)[0].lines["train"].origin
    assert origin[:2] == meter.total.origin[:2]
    assert origin[2:] == pytest.approx(meter.total.origin[2:], abs=1e-6)
    path.write_text(told.replace(origin.machine, "another"))
    with pytest.warns(UserWarning, match="two machines"):
        read(path)[0].total / meter.total


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_a_line_that_was_cut_off_does_not_swallow_the_next(tmp_path, name):
    meter = run()
    path = meter.export(tmp_path / name)
    told = path.read_text()
    path.write_text(told[:-9])
    meter.export(path)
    assert len(path.read_text().splitlines()) == 2 * len(told.splitlines()) - name.endswith("csv")
    with pytest.raises(ValueError, match=rf"{name}.*line \d+"):
        read(path)


@pytest.mark.parametrize("name", ["run.jsonl", "run.csv"])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path, name):
    path = tmp_path / name
    path.write_text("time,watts\n1,2\n")
    with pytest.raises(ValueError, match="holds something else"):
        run().export(path)
    assert path.read_text() == "time,watts\n1,2\n"


def json_line(**changes):
    told = {
        "joules": 2.0,
        "low": 1.0,
        "high": 3.0,
        "badges": {"model": 1.0},
        "shared": {},
        "coverage": 1.0,
        "merged": [],
    }
    line = {**told, "units": 3, **{k: v for k, v in changes.items() if k in told or k == "units"}}
    rest = {k: v for k, v in changes.items() if k not in line}
    about = {"format": 1, "run": "r", "machine": "m", "start": 1.0, "stop": 2.0, "seconds": 1.0}
    return json.dumps({**about, "total": told, "lines": {"train": line}, **rest})


def test_the_line_that_is_damaged_below_is_read_whole(tmp_path):
    (tmp_path / "a.jsonl").write_text("\ufeff" + json_line() + "\n\n" + json_line() + "\n", encoding="utf-8")
    assert len(read(tmp_path / "a.jsonl")) == 2


@pytest.mark.parametrize(
    "damage",
    [
        {"joules": "2"},
        {"joules": float("nan")},
        {"joules": float("inf"), "high": float("inf")},
        {"joules": -2},
        {"joules": True},
        {"joules": 5.0},
        {"joules": 1.5},
        {"joules": None},
        {"low": None},
        {"coverage": 7},
        {"coverage": None},
        {"badges": ["model"]},
        {"badges": {"model": 93}},
        {"badges": {"model": "most"}},
        {"shared": {"watts": [1]}},
        {"shared": {"watts": [-1, 1]}},
        {"shared": {"watts": 1}},
        {"merged": [7]},
        {"merged": None},
        {"units": -1},
        {"units": 2.5},
        {"units": None},
        {"format": 2},
        {"format": None},
        {"lines": []},
        {"lines": {}},
        {"lines": {"train": None}},
        {"total": None},
        {"total": {"joules": 1}},
        {"machine": 7},
        {"start": "then"},
        {"seconds": -1},
    ],
    ids=str,
)
def test_damage_is_refused_by_file_and_line(tmp_path, damage):
    (tmp_path / "a.jsonl").write_text(json_line() + "\n" + json_line(**damage) + "\n")
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2 is no run of a meter"):
        read(tmp_path / "a.jsonl")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_however_a_file_is_damaged_it_is_refused_or_read_with_readings_that_can_be(data):
    for name in ("run.jsonl", "run.csv"):
        raw = bytearray(EXPORTS[name])
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(raw)
            try:
                for record in read(path):
                    assert str(record.total) and all(map(str, record.lines.values()))
            except ValueError as error:
                assert name in str(error)


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
    for part in (
        "by an energy counter",
        "Intervals are 95 %",
        "PUE of 1.2",
        "Germany",
        "Versions: python",
        "torch",
    ):
        assert part in text
    table = [line.split() for line in text.splitlines() if line.startswith(("train", "feedback", "waiting"))]
    assert len(table) == 3


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Model(), "estimated by a model: "),
        (Device(5, 20), "estimated by a model with watts that were given: "),
    ],
)
def test_a_report_says_what_was_read_and_what_was_estimated(model, says):
    machine = Machine()
    counted = machine.meter(Source(Lagging(machine)), model)
    machine.work(2, 100)
    counted.stop()
    alone = machine.meter(model).report()
    assert counted.report().startswith("Energy was read from simulated (gpu)")
    assert f" The rest was {says}" in counted.report()
    assert alone.startswith(f"Energy was {says}") and "was read" not in alone


def test_a_kind_of_any_length_leaves_the_table_readable():
    machine = Machine()
    meter = machine.meter(Model())
    meter.mark("epoch\n" * 100)
    machine.work(1)
    meter.stop()
    assert all(len(line) < 120 for line in meter.report().splitlines() if "  " in line)


def test_stages_add_up_to_the_total():
    meter = run(("collect", "prepare", "train", "feedback", "evaluate", "infer"))
    stages = meter.stages()
    assert set(stages) == {"collect", "prepare", "train", "infer"}
    assert sum(joules.value for joules in stages.values()) == pytest.approx(meter.total.value)


def test_a_disk_that_is_full_in_mid_write_is_told_and_leaves_what_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    meter = Machine().meter()
    meter.export(path := tmp_path / "runs.jsonl")
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            meter.export(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    meter.stop()
    assert path.read_bytes() == before
