"""Reporting: ways of knowing stay apart, and joules of two machines are never one ranking."""

import sys

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.energy.sources import Model
from greenlatent.study import Leaderboard
from tests.parts import clusters, linear_net
from tests.study.green.test_findings import cells


def test_a_board_ranks_each_machine_and_badge_apart(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    board.add("a", {"accuracy": 0.9, "joules": 5.0, "machine": "m", "badge": "counter"}, region="DE")
    board.add("b", {"accuracy": 0.8, "joules": 2.0, "machine": "m", "badge": "counter"})
    board.add("c", {"accuracy": 0.95, "joules": 1.0, "machine": "m", "badge": "model"})
    board.add("d", {"accuracy": 0.7, "joules": 3.0, "machine": "m", "badge": "counter"})
    by = board.table("joules")
    assert {group: [row["name"] for row in rows] for group, rows in by.items()} == {
        "m, counter": ["b", "d", "a"],
        "m, model": ["c"],
    }
    assert [row["name"] for row in board.table("front")["m, counter"]] == ["b", "a"]
    assert [row["name"] for row in board.table("accuracy")["all"]] == ["c", "a", "b", "d"]
    assert [row["name"] for row in board.table("grams")["m, counter"]] == ["a"]
    assert "Germany" in board.rows[0]["grid"]
    assert Leaderboard(board.path).rows == board.rows
    with pytest.raises(ValueError, match="by='speed'"):
        board.table("speed")
    with pytest.raises(ValueError, match="has no joules"):
        board.add("e", {"accuracy": 1.0})


def test_labs_and_findings_are_entries(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    train, valid = clusters(90), clusters(30, seed=1)
    with gl.Lab(
        linear_net(), train, valid=valid, latent="0", session=False, meter=gl.Meter([Model()])
    ) as lab:
        lab.step(5)
        lab.wait()
        row = board.add("lab", lab)
    assert row["joules"] > 0 and row["badge"] == "model" and row["accuracy"] is not None
    board.add("study", gl.study.Findings(cells()))
    assert board.rows[-1]["name"] == "study, A"


def test_findings_of_two_machines_are_never_one_ranking(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    for machine in ("here", "there"):
        board.add(machine, gl.study.Findings([c | {"machine": machine, "badge": "model"} for c in cells()]))
    groups = board.table("joules")
    assert set(groups) == {"here, model", "there, model"}
    assert {row["name"].split(",")[0] for row in groups["here, model"]} == {"here"}


def test_formulas_in_names_are_quoted_and_a_damaged_board_is_named(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    board.add("=cmd()", {"accuracy": 0.9, "joules": 5.0})
    assert "'=cmd()" in board.to_csv(tmp_path / "board.csv").read_text()
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(ValueError, match="line 1 is no line of a leaderboard"):
        Leaderboard(tmp_path / "bad.jsonl")


@pytest.mark.slow  # a data base is made
@pytest.mark.filterwarnings("ignore:The ``noload`` loader")  # the tracker's own
def test_an_entry_goes_into_the_callers_active_run_with_both_ends_and_how_it_is_known(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
    pytest.importorskip("alembic", reason="a tracker in a data base needs alembic")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    board = Leaderboard(tmp_path / "board.jsonl")
    values = {"accuracy": 0.9, "joules": 5.0, "low": 4.0, "high": 6.0, "badge": "model", "machine": "m"}
    board.add("net", values, region="DE")
    with pytest.raises(RuntimeError, match="no mlflow run is active"):
        board.to_mlflow()
    with mlflow.start_run() as run:
        board.to_mlflow()
    kept = mlflow.MlflowClient().get_run(run.info.run_id).data
    assert {name: kept.metrics[name] for name in ("joules", "low", "high", "accuracy")} == {
        name: values[name] for name in ("joules", "low", "high", "accuracy")
    }
    assert kept.tags["greenlatent.badge"] == "model" and "Germany" in kept.tags["greenlatent.grid"]


def test_f1_is_never_ranked_as_an_accuracy(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    board.add("net", {"accuracy": 0.7, "joules": 5.0, "machine": "m", "badge": "model"})
    board.add("study", gl.study.Findings([c | {"machine": "m", "badge": "model"} for c in cells()]))
    assert set(board.table("accuracy")) == {"all", "f1"}
    assert set(board.table("front")) == {"m, model", "m, model, f1"}
    assert set(board.table("joules")) == {"m, model"}


def test_what_has_no_accuracy_is_on_no_front(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    board.rows = [{"name": "cheap", "joules": 0.1}, {"name": "fair", "accuracy": 0.9, "joules": 1.0}]
    assert [row["name"] for row in board.table("front")["unknown, unknown"]] == ["fair"]


def test_numbers_of_numpy_are_kept_and_what_is_no_number_is_refused(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    assert board.add("a", {"accuracy": np.float32(0.5), "joules": np.int64(3)})["accuracy"] == 0.5
    for accuracy, joules in ((float("nan"), 1.0), ("high", 1.0), (0.9, -3), (0.9, None), (True, 1.0)):
        with pytest.raises(ValueError, match="give a number from 0 up"):
            board.add("b", {"accuracy": accuracy, "joules": joules})
    assert len(Leaderboard(board.path).rows) == 1


def test_a_table_is_printed_a_line_an_entry(tmp_path):
    board = Leaderboard(tmp_path / "board.jsonl")
    assert str(board.table()) == "no entries"
    board.add("a", {"accuracy": 0.9, "joules": 5.0, "machine": "m", "badge": "counter"})
    assert str(board.table("front")) == "m, counter:\n  a: accuracy 0.900, 5 J"


def test_a_board_without_an_entry_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", object())
    with pytest.raises(ValueError, match="no entry yet"):
        Leaderboard(tmp_path / "board.jsonl").to_mlflow()
