"""What a run came to, in the files of other people's tools, read back by their own readers."""

import csv
import os
from pathlib import Path

import pytest

from greenlatent.integrations import log
from greenlatent.integrations.loggers import row

from ..run.test_run import made


@pytest.fixture
def run():
    with made() as run:
        run.step(20)
        run.evaluate(now=True)
        yield run


def further(run, path, to):
    """Logged from its second evaluation on, to the end of the run; all its points."""
    end = log(run, to, path, name="digits")
    for _ in range(2):
        run.step(10)
        run.evaluate(now=True)
    end()
    end()
    told = list(run.evaluations.points)
    run.step(10)
    run.evaluate(now=True)  # after the end
    assert len(told) >= 3
    return told


def test_a_csv_file_has_accuracy_joules_with_both_ends_and_badge(run, tmp_path):
    points = further(run, tmp_path / "new" / "mine.csv", "csv")
    with open(tmp_path / "new" / "mine.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(r["step"]) for r in rows] == [p.step for p in points]
    last = rows[-1]
    assert float(last["accuracy"]) == points[-1].accuracy and float(last["joules"]) == points[-1].joules.value
    assert float(last["joules_low"]) < float(last["joules"]) < float(last["joules_high"])
    assert last["badges"] == "model 100%"


def test_the_end_of_the_run_ends_the_log(tmp_path):
    with made() as run:
        log(run, "csv", tmp_path / "mine.csv")
        run.step(5)
        run.evaluate(now=True)
    assert (tmp_path / "mine.csv").read_text().count("\n") >= 2


def test_another_logger_is_refused_by_name(run, tmp_path):
    with pytest.raises(ValueError, match="no logger 'excel'; there are csv, tensorboard, mlflow, wandb"):
        log(run, "excel", tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_reads_the_same_numbers(run, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    points = further(run, tmp_path, "tensorboard")
    found = EventAccumulator(str(tmp_path))
    found.Reload()
    told = {e.step: e.value for e in found.Scalars("digits/joules_high")}
    assert told == pytest.approx({p.step: p.joules.high for p in points}, rel=1e-6)
    assert len(found.Scalars("digits/accuracy")) == len(points)
    assert found.Tags()["tensors"] == ["digits/badges/text_summary"]


@pytest.mark.filterwarnings("ignore")
def test_mlflow_reads_the_same_numbers(run, tmp_path):
    tracking = pytest.importorskip("mlflow.tracking", reason="mlflow is not installed")
    pytest.importorskip("sqlalchemy", reason="sqlalchemy is not installed")
    points = further(run, tmp_path / "ml", "mlflow")
    client = tracking.MlflowClient(f"sqlite:///{tmp_path / 'ml' / 'mlflow.db'}")
    (kept,) = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    history = client.get_metric_history(kept.info.run_id, "joules_low")
    assert [(m.step, m.value) for m in history] == [(p.step, p.joules.low) for p in points]
    assert kept.data.tags["badges"] == "model 100%" and kept.info.status == "FINISHED"


@pytest.mark.filterwarnings("ignore")
def test_weights_and_biases_writes_offline(run, tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="wandb is not installed")
    logged = []
    init = wandb.init

    def heard(**options):
        assert options["mode"] == "offline"
        found = init(**options)
        write = found.log
        monkeypatch.setattr(found, "log", lambda told, step: (logged.append(told), write(told, step=step)))
        return found

    monkeypatch.setattr(wandb, "init", heard)
    points = further(run, tmp_path, "wandb")
    assert logged == [row(p) for p in points]
    assert [Path(f).suffix for _, _, files in os.walk(tmp_path) for f in files].count(".wandb") == 1
