"""The bench: every cell on record, resumed where it was cut off, failures told, and nothing of a test part leaked."""

import subprocess
import sys
import time
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from sklearn.metrics import accuracy_score, f1_score
from sklearn.svm import SVC
from torch import nn

import greenlatent as gl
from greenlatent.energy.sources import Model
from greenlatent.study import Algorithm, Net, Shape, data_centric, six
from greenlatent.study.green.data_centric import scored


class Threshold:
    """Fits in no time: the mean of the first column parts the classes."""

    def __init__(self, seed: int = 0):
        self.seed = seed

    def fit(self, X, y):
        self.at, self.names = X[:, 0].mean(), np.unique(y)
        return self

    def predict(self, X):
        return self.names[(X[:, 0] > self.at).astype(int)]


class Raises(Threshold):
    def fit(self, X, y):
        if len(y) < 100:
            raise RuntimeError("too few")
        return super().fit(X, y)


def data(n: int = 200, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.random((n, 5))
    X[:, 0] += y
    return X, y


QUICK = {"rows": (0.3, 1.0), "features": (0.4,), "seeds": range(3), "seconds": 0.002, "progress": False}
ONCE = {"seeds": [0], "seconds": 0.001, "progress": False}


def meter():
    return gl.Meter([Model()])


def test_every_cell_is_there_with_joules_of_three_stages_and_a_score():
    found = data_centric(data(), [Algorithm("threshold", Threshold)], meter=meter(), **QUICK)
    assert len(found.cells) == 3 * 3 and not found.failed
    for cell in found.cells:
        assert cell["train_joules"] > 0 and cell["infer_joules"] > 0 and cell["prepare_joules"] > 0
        assert cell["score"] > 0.8 and cell["tested"] == 60


def test_the_same_seeds_give_the_same_scores():
    scores = [
        [
            (c["algorithm"], c["rows"], c["features"], c["seed"], c["score"])
            for c in data_centric(data(), [Algorithm("threshold", Threshold)], meter=meter(), **QUICK).cells
        ]
        for _ in range(2)
    ]
    assert scores[0] == scores[1]


def test_it_goes_on_where_it_was_cut_off(tmp_path):
    path = tmp_path / "study.jsonl"
    algorithms = [Algorithm("threshold", Threshold)]
    whole = data_centric(data(), algorithms, meter=meter(), path=path, **QUICK)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:10])  # cut off in mid-line
    again = data_centric(data(), algorithms, meter=meter(), path=path, **QUICK)
    key = [(c["rows"], c["features"], c["seed"], c["score"]) for c in whole.cells]
    assert sorted(key) == sorted((c["rows"], c["features"], c["seed"], c["score"]) for c in again.cells)
    assert [c["train_joules"] for c in again.cells[:4]] == [c["train_joules"] for c in whole.cells[:4]]


def test_another_studys_record_is_refused(tmp_path):
    path = tmp_path / "study.jsonl"
    data_centric(data(), [Algorithm("threshold", Threshold)], meter=meter(), path=path, **QUICK)
    with pytest.raises(ValueError, match="another comparison"):
        data_centric(data(300), [Algorithm("threshold", Threshold)], meter=meter(), path=path, **QUICK)


def test_what_raises_is_kept_as_failed_and_the_rest_goes_on():
    found = data_centric(
        data(), [Algorithm("raises", Raises), Algorithm("threshold", Threshold)], meter=meter(), **QUICK
    )
    assert {c["rows"] for c in found.failed} == {0.3}
    assert all(c["failed"] == "RuntimeError: too few" for c in found.failed)
    assert len(found.cells) == 9 + 6 and "3 cells failed" in str(found)


def test_a_net_is_an_algorithm_like_any_other():
    def mlp(features, classes):
        return nn.Sequential(nn.Linear(features, 8), nn.ReLU(), nn.Linear(8, classes))

    net = Net("MLP", mlp, "0", steps=60, options={"batch_size": 32, "lr": 0.02})
    found = data_centric(data(), [net], meter=meter(), **{**QUICK, "seeds": range(2)})
    assert np.mean([c["score"] for c in found.cells if c["rows"] == 1 and c["features"] == 1]) > 0.8
    state = torch.random.get_rng_state()
    net.made(0).fit(*data())
    assert torch.equal(torch.random.get_rng_state(), state)
    with pytest.raises(ValueError, match="steps= or epochs="):
        Net("MLP", mlp, "0")


def test_the_six_run_on_their_own_data():
    found = data_centric(
        gl.datasets.spam(),
        six(),
        rows=(0.1,),
        features=(),
        seeds=[0],
        seconds=0.001,
        progress=False,
        meter=meter(),
    )
    assert len(found.cells) == 12 and found.algorithms
    scores = {c["algorithm"]: c["score"] for c in found.cells if c["rows"] == 1}
    assert all(score > 0.8 for score in scores.values()) and len(scores) == 6


def test_samples_arrays_and_names_are_taken_alike():
    X, y = data()
    samples = gl.Samples(X.astype("float32"), y, classes=["no", "yes"])
    one = data_centric(
        samples,
        [Algorithm("t", Threshold)],
        shapes=[Shape()],
        seeds=[0],
        seconds=0.001,
        progress=False,
        meter=meter(),
    )
    assert one.cells[0]["score"] > 0.8


def test_seeds_may_be_a_number():
    given = {**QUICK, "rows": (1.0,), "features": (), "seeds": 2}
    found = data_centric(data(), [Algorithm("threshold", Threshold)], meter=meter(), **given)
    assert {cell["seed"] for cell in found.cells} == {0, 1}


def test_bad_input_is_told_before_anything_runs():
    algorithms = [Algorithm("t", Threshold), Algorithm("t", Threshold)]
    with pytest.raises(ValueError, match="two algorithms are called 't'"):
        data_centric(data(), algorithms, **QUICK)
    with pytest.raises(
        TypeError, match=r"Threshold is no algorithm; give study.Algorithm\(name, lambda seed"
    ):
        data_centric(data(), [Threshold()], **QUICK)
    with pytest.raises(ValueError, match="score='auc'"):
        data_centric(data(), algorithms[:1], score="auc", **QUICK)
    with pytest.raises(ValueError, match="how long a turn is"):
        data_centric(data(), algorithms[:1], **{**QUICK, "seconds": 0})
    found = data_centric(data(), [Algorithm("o", lambda seed: object())], meter=meter(), **QUICK)
    assert all("has no fit" in c["failed"] for c in found.failed) and not found.cells


@pytest.mark.parametrize(
    ("cpu", "wall", "fits"), [(0.03, 0.03, 3), (0.03, 0.3, 3), (0.0, 0.3, 4), (0.2, 0.2, 1)]
)
def test_a_turn_is_of_our_processors_seconds_and_ends_by_the_clock_where_they_do_not_count(
    monkeypatch, cpu, wall, fits
):
    """A busy machine makes a fit longer by the clock, and a card does it with no processor."""
    module = import_module("greenlatent.study.green.data_centric")
    now, done = {"cpu": 0.0, "wall": 0.0}, []

    class Slow(Threshold):
        def fit(self, X, y):
            now["cpu"] += cpu
            now["wall"] += wall
            done.append(len(y))
            return super().fit(X, y)

    clock = {
        "process_time": lambda: now["cpu"],
        "perf_counter": lambda: now["wall"],
        "monotonic": time.monotonic,
    }
    monkeypatch.setattr(module, "time", SimpleNamespace(**clock))
    monkeypatch.setattr(module.Shape, "take", counted(module.Shape.take, now))
    monkeypatch.setattr(Slow, "predict", counted(Slow.predict, now))
    given = {"shapes": [Shape()], "seeds": [0], "seconds": 0.1, "progress": False}
    data_centric(data(), [Algorithm("slow", Slow)], meter=meter(), **given)
    assert len(done) == 1 + fits  # the first is a warm-up


def counted(work, now):
    """The same work, of which the clock says that it took a while."""

    def timed(*given):
        now["cpu"] += 0.05
        now["wall"] += 0.05
        return work(*given)

    return timed


@pytest.mark.parametrize("names", [["ham", "spam"], ["a", "b", "c"], [0, 1, 2, 3]])
def test_scores_are_those_of_scikit_learn(names):
    rng = np.random.default_rng(len(names))
    y, guessed = rng.choice(names, 60), rng.choice(names, 60)
    two = {"pos_label": min(names, key=list(y).count)} if len(names) == 2 else {"average": "macro"}
    assert scored(y, guessed, "f1") == pytest.approx(f1_score(y, guessed, **two))
    assert scored(y, guessed, "accuracy") == pytest.approx(accuracy_score(y, guessed))
    nothing = np.full(60, names[0])  # a class that is never guessed scores 0
    assert scored(y, nothing, "f1") == pytest.approx(f1_score(y, nothing, zero_division=0.0, **two))


def test_a_dense_copy_of_sparse_data_is_told_beforehand():
    X, y = data(120)
    told = []
    given = {"seeds": [0], "seconds": 0.001, "progress": told.append}
    shapes = [Shape(), Shape(wrong=0.2, noise="blob")]
    data_centric((csr_matrix(X), y), [Algorithm("dense", Dense)], shapes=shapes, meter=meter(), **given)
    assert "a dense copy of up to 4.8e-06 GB" in told[0]
    told.clear()
    data_centric((csr_matrix(X), y), [Algorithm("dense", Dense)], shapes=shapes[:1], meter=meter(), **given)
    assert told == []


class Dense(Threshold):
    """Takes sparse rows as well."""

    def fit(self, X, y):
        return super().fit(np.asarray(X.todense()), y)

    def predict(self, X):
        return super().predict(np.asarray(X.todense()))


KILLED = """
import sys
from tests.study.green.test_data_centric import *
data_centric(data(), [Algorithm("threshold", Threshold)], meter=meter(), path=sys.argv[1], **QUICK)
"""


@pytest.mark.slow
@pytest.mark.parametrize("lines", [2, 5, 8])
def test_of_a_study_that_is_killed_at_most_one_cell_is_lost(tmp_path, lines):
    path = tmp_path / "study.jsonl"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)])
    while child.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < lines):
        pass
    child.kill()
    child.wait()
    kept = path.read_bytes().count(b"\n") - 1  # the first line says what study it is
    assert kept >= lines - 1
    algorithms = [Algorithm("threshold", Threshold)]
    whole = data_centric(data(), algorithms, meter=meter(), **QUICK)
    again = data_centric(data(), algorithms, meter=meter(), path=path, **QUICK)
    key = [(c["rows"], c["features"], c["seed"], c["score"]) for c in whole.cells]
    assert sorted(key) == sorted((c["rows"], c["features"], c["seed"], c["score"]) for c in again.cells)


def test_a_record_of_other_data_of_the_same_size_is_refused(tmp_path):
    path, threshold = tmp_path / "study.jsonl", [Algorithm("threshold", Threshold)]
    X, y = data()
    data_centric((X, y), threshold, meter=meter(), path=path, **ONCE)
    for other in ((X, 1 - y), (X + 1, y), (csr_matrix(X), y)):
        with pytest.raises(ValueError, match="another comparison"):
            data_centric(other, threshold, meter=meter(), path=path, **ONCE)
    with pytest.raises(ValueError, match="another comparison"):
        data_centric((X, y), threshold, by=np.arange(len(y)), meter=meter(), path=path, **ONCE)


def test_a_net_of_the_same_name_trained_longer_is_another_study(tmp_path):
    def told(steps):
        return Net("MLP", lambda features, classes: nn.Linear(features, classes), "", steps=steps).told()

    assert told(10) != told(20)


def test_seeds_and_shares_of_numpy_are_kept_on_record(tmp_path):
    given = ONCE | {"seeds": np.arange(2), "path": tmp_path / "study.jsonl"}
    shapes = [Shape(), *(Shape(rows=share) for share in np.linspace(0.1, 1, 10)[2:3])]
    found = data_centric(data(), [Algorithm("a", Threshold)], shapes=shapes, meter=meter(), **given)
    assert {cell["seed"] for cell in found.cells} == {0, 1}
    assert found.change("a", rows=0.3).saving.n == 2  # linspace has 0.30000000000000004
    again = data_centric(data(), [Algorithm("a", Threshold)], shapes=shapes, meter=meter(), **given)
    assert len(again.cells) == len(found.cells) == 4


def test_a_seed_named_twice_is_studied_once_and_a_number_is_so_many():
    shapes = [Shape()]
    for seeds, n in (([0, 0], 1), (2, 2)):
        found = data_centric(
            data(), [Algorithm("a", Threshold)], shapes=shapes, meter=meter(), **ONCE | {"seeds": seeds}
        )
        assert len(found.cells) == n


class Column(Threshold):
    def predict(self, X):
        return super().predict(X)[:, None]


class Writes(Threshold):
    def fit(self, X, y):
        X -= 1
        return super().fit(X, y)


@pytest.mark.parametrize(("make", "says"), [(Column, "one label a row"), (Writes, "read-only")])
def test_answers_in_a_column_and_data_that_are_written_into_are_failures_and_no_scores(make, says):
    found = data_centric(data(), [Algorithm("a", make)], meter=meter(), **ONCE)
    assert not found.cells and all(says in cell["failed"] for cell in found.failed)


def test_groups_that_leave_a_class_on_one_side_are_a_failure_and_no_score():
    X, y = data()
    found = data_centric((X, y), [Algorithm("a", Threshold)], by=y, meter=meter(), **ONCE)
    assert not found.cells and "one side alone" in found.failed[0]["failed"]


def test_groups_are_named_and_samples_without_a_label_stay_out_of_them():
    X, y = data()
    y[:7] = -1
    samples = gl.Samples(X.astype(np.float32), y, classes=["a", "b"], groups={"copy": np.arange(200) // 2})
    found = data_centric(samples, [Algorithm("a", Threshold)], by="copy", meter=meter(), **ONCE)
    assert found.cells and not found.failed
    with pytest.raises(ValueError, match="there are copy"):
        data_centric(samples, [Algorithm("a", Threshold)], by="copies", meter=meter(), **ONCE)


def test_of_two_classes_the_same_is_looked_for_with_every_seed():
    y, guessed = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    assert scored(y, guessed, "f1", rarer=0) == f1_score(y, guessed, pos_label=0)
    assert scored(y, guessed, "f1", rarer=1) == f1_score(y, guessed, pos_label=1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"algorithms": []}, "algorithms is empty"),
        ({"algorithms": Algorithm("a", Threshold)}, "algorithms is one Algorithm"),
        ({"algorithms": [Threshold()]}, "Threshold is no algorithm"),
        ({"seeds": []}, "seeds is empty"),
        ({"shapes": [0.1]}, "shapes holds 0.1"),
        ({"shapes": Shape()}, "shapes is one Shape"),
        ({"seconds": "0.1"}, "seconds='0.1'"),
        ({"data": data()[0]}, "data is Samples or"),
        ({"data": (data()[0], data()[1][:, None])}, "y a label a row"),
        ({"data": (data()[0], [None, "a"] * 100)}, "without a label"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_words(given, says):
    asked = {"data": data(), "algorithms": [Algorithm("a", Threshold)], "meter": meter(), **ONCE, **given}
    with pytest.raises((TypeError, ValueError), match=says):
        data_centric(asked.pop("data"), asked.pop("algorithms"), **asked)


def test_an_algorithm_takes_what_makes_one_and_no_made_one():
    for make in (SVC(), SVC):
        with pytest.raises(TypeError, match="lambda seed"):
            Algorithm("SVM", make)


def test_a_study_that_is_interrupted_lets_go_of_its_meter(monkeypatch):
    class Interrupted(Threshold):
        def fit(self, X, y):
            raise KeyboardInterrupt

    own = meter()
    with pytest.raises(KeyboardInterrupt):
        data_centric(data(), [Algorithm("a", Interrupted)], meter=own, **ONCE)
    assert not own.running


def test_labels_go_wrong_in_a_process_that_loaded_nothing_else():
    code = "from greenlatent.study import Shape; import numpy as np; X = np.random.rand(40, 3);"
    code += "y = np.arange(40) % 2; print((Shape(wrong=0.25).take(X, y, 0).y != y).sum())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "10"


def test_of_two_that_wrote_one_record_each_cell_counts_once(tmp_path):
    path, threshold = tmp_path / "study.jsonl", [Algorithm("threshold", Threshold)]
    once = data_centric(data(), threshold, meter=meter(), path=path, **ONCE)
    head, *lines = path.read_text().splitlines(keepends=True)
    path.write_text(head + head + "".join(lines + lines))
    again = data_centric(data(), threshold, meter=meter(), path=path, **ONCE)
    assert again.cells == once.cells
