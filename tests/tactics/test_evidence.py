"""The catalogue's figures come from a record that `make tactics` goes on with, nulls included."""

import json
from pathlib import Path

import pytest

import greenlatent as gl
from tests.benchmarks.evidence import record
from tests.benchmarks.evidence.tasks import Done

DOCS = Path(gl.__file__).parent.parent / "docs" / "tactics.md"


def rows(arm="half of the width", tactic="T8", ratios=(0.5, 0.52, 0.48), points=(-1.0, -2.0, -3.0)):
    return [
        {"data": "digits", "seed": 400 + k, "tactic": tactic, "arm": arm}
        | {"seconds": ratio, "over_seconds": 1.0, "accuracy": 0.9 + off / 100, "over_accuracy": 0.9}
        | {"answer": 0.5, "over_answer": 1.0}
        for k, (ratio, off) in enumerate(zip(ratios, points, strict=True))
    ]


def test_figures_are_means_of_ratios_and_points_with_intervals_from_three_seeds_on():
    (found,) = record.figures(rows())
    assert found["ratio"] == 0.5 and found["between"][0] < 0.5 < found["between"][1]
    assert found["points"] == -2.0 and found["answers"] == 0.5 and found["n"] == 3
    (few,) = record.figures(rows()[:2])
    assert "between" not in few and "points_between" not in few


def test_two_threads_have_their_dearest_and_their_cheapest_run():
    found = record.figures(rows("two threads instead of one", "threads", (9.0, 40.0, 300.0)))
    assert {each["arm"].split(", ")[1]: each["ratio"] for each in found} == {
        "dearest run": 300.0,
        "cheapest run": 9.0,
    }


def test_a_record_is_gone_on_with_and_a_line_that_was_cut_off_is_run_again(tmp_path, monkeypatch):
    asked = []

    def way(task):
        asked.append(task.seed)
        return Done(1.0, 0.5, 0.1)

    monkeypatch.setattr(record, "WAYS", [("T8", "half of the width", way), ("T8", "another", way)])
    monkeypatch.setattr(record, "plain", lambda task: Done(2.0, 0.6, 0.1))
    path = tmp_path / "r.jsonl"
    record.run(path, ["digits"], [400])
    assert asked == [400, 400]
    path.write_text(path.read_text()[:-20])
    record.run(path, ["digits"], [400, 401])
    assert asked == [400, 400, 400, 401, 401] and len(record.read(path)) == 4


def test_what_a_record_does_not_have_stays_in_the_catalogue(tmp_path):
    path = tmp_path / "c.json"
    path.write_text(record.CATALOGUE.read_text(encoding="utf-8"), encoding="utf-8")
    assert record.write(rows(), path) == 1
    before = {each["id"]: each for each in json.loads(record.CATALOGUE.read_text(encoding="utf-8"))}
    after = {each["id"]: each for each in json.loads(path.read_text(encoding="utf-8"))}
    assert {id for id in after if after[id] != before[id]} == {"T8"}
    mine = [t for t in after["T8"]["measured"] if t["arm"] == "half of the width" and t["data"] == "digits"]
    assert [each["ratio"] for each in mine] == [0.5] and "tactic" not in mine[0]
    assert len(after["T8"]["measured"]) == len(before["T8"]["measured"])


@pytest.mark.parametrize(
    ("tactic", "arm", "least"),
    [
        ("T17", "teacher charged", 1.0),  # distillation
        ("T18", "training for int8", 1.0),
        ("T14", "zero, fine-tuned", 0.9),
        ("T3", "masked", 0.9),
    ],
)
def test_what_is_a_null_or_dearer_stands_in_the_table_with_its_ratio(tactic, arm, least):
    tried = [each for each in gl.tactics.tactic(tactic).measured if arm in each.arm]
    assert len(tried) >= 2 and all(each.ratio >= least for each in tried)
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if arm in line]
    assert any(f"x{each.ratio:g}" in line for line in lines for each in tried)


def test_early_exit_stands_in_the_table_as_dearer_to_ask():
    tried = [each for each in gl.tactics.tactic("T10").measured if "early exit" in each.arm]
    assert len(tried) >= 2 and all(each.answers > 0.95 for each in tried)
    assert any("early exit" in line and "answers x" in line for line in DOCS.read_text().splitlines())
