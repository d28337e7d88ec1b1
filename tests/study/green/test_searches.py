"""A comparison of searches: what it counts, by hand; it goes on where it was cut off; the published nets."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.study.green import searches as module
from greenlatent.study.green.nets import dense_linear, dense_poly, simple_cnn
from greenlatent.study.green.searches import Searched, Searches


def one(seed, sampler, accuracy, training, choosing=0.0, width=16):
    n = len(accuracy)
    values = tuple({"width": width + k} for k in range(n))
    arrays = (np.array(accuracy), np.array(training, float), np.full(n, choosing))
    return Searched(seed, 0, sampler, values, *arrays)


def two():
    return Searches(
        (
            one(0, "grid", [0.5, 0.9, 0.8], [1, 2, 4]),
            one(0, "gp", [0.895, 0.7, 0.7], [4, 1, 1], 0.5),
            one(1, "grid", [0.6, 0.6, 0.6], [1, 1, 1]),
            one(1, "gp", [0.6, 0.8, 0.6], [3, 5, 1], 0.5),
        ),
        ("grid", "gp"),
        "log",
    )


def test_joules_are_those_until_a_point_below_the_best_of_any_with_choosing_apart():
    found = two()
    assert found.targets == pytest.approx([0.89, 0.79])
    assert found.of("grid")[0].reached(0.89) == (3.0, 0.0)
    assert found.of("gp")[0].reached(0.89) == (4.0, 0.5)
    assert found.of("grid")[1].reached(0.79) == (math.inf, math.inf)
    assert found.of("gp")[1].reached(0.79) == (8.0, 1.0)
    assert "grid     reached 1 of 2, 3 J + 0 J of choosing" in str(found)
    assert "gp       reached 2 of 2, 6 J + 0.75 J of choosing" in str(found)


def test_a_saving_counts_who_never_came_there_and_says_what_may_be_claimed():
    saving = two().saving("gp", "grid")  # 4.5 over 3, and 9 over the whole search of 3
    assert saving.value == pytest.approx(math.sqrt(4.5 / 3 * 9 / 3)) and not saving.claimed
    assert "gp over grid" in str(two()) and "no saving shown" in str(two())
    other = two().saving("grid", "gp")
    assert (other.reached, other.n) == (1, 2)


def test_the_ladder_names_the_cheapest_run_that_is_as_good():
    found = two()
    seeds = replace(found, searched=found.searched[:2])
    assert seeds.ladder("width") == {16: 4.0, 17: 2.0, 18: math.inf}
    assert seeds.spread == 2.0


def test_it_goes_on_where_it_was_cut_off_and_refuses_another_record(tmp_path, monkeypatch):
    data, path = gl.datasets.digits().take(range(300)), tmp_path / "searches.jsonl"
    asked = {"samplers": ("grid", "random"), "rounds": 2, "epochs": 6, "path": path}
    first = gl.study.searches(data, "dense_poly", seeds=1, **asked)
    assert all((run.training > 0).all() and 0 < run.best <= 1 for run in first.searched)
    assert [len(run.values) for run in first.searched] == [2, 2]
    path.write_bytes(path.read_bytes()[:-7])  # killed in mid-line
    real, again = module._searched, []
    monkeypatch.setattr(module, "_searched", lambda *a: again.append(a[2:5]) or real(*a))
    second = gl.study.searches(data, "dense_poly", seeds=1, **asked)
    assert again == [(0, 0, "random")]
    assert (second.of("grid")[0].accuracy == first.of("grid")[0].accuracy).all()
    assert second.of("random")[0].values == first.of("random")[0].values
    with pytest.raises(ValueError, match="record of another comparison"):
        gl.study.searches(data, "dense_linear", seeds=1, **asked)


STUDY = """
import sys
import greenlatent as gl
data = gl.datasets.digits().take(range(300))
gl.study.searches(data, "dense_poly", samplers=("grid", "random"), rounds=2, epochs=6, seeds=3, path=sys.argv[1])
"""


@pytest.mark.slow
def test_killed_in_mid_study_it_goes_on_with_every_search_that_was_whole(tmp_path):
    path = tmp_path / "searches.jsonl"
    study = subprocess.Popen([sys.executable, "-c", STUDY, str(path)])
    try:
        while not path.exists() or path.read_bytes().count(b"\n") < 3:
            assert study.poll() is None, "it ended before it could be killed"
    finally:
        study.kill()
        study.wait()
    kept = path.read_bytes()
    data = gl.datasets.digits().take(range(300))
    asked = {"samplers": ("grid", "random"), "rounds": 2, "epochs": 6, "path": path}
    found = gl.study.searches(data, "dense_poly", seeds=3, **asked)
    assert len(found.searched) == 6
    whole = kept[: kept.rfind(b"\n") + 1]
    assert path.read_bytes().startswith(whole) and path.read_bytes().count(b"\n") == 7


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"net": "resnet"}, "give dense_poly, dense_linear, simple_cnn"),
        ({"rate": "linear"}, "give 'log' or 'uniform'"),
        ({"rounds": 0}, "rounds counts from 1"),
        ({"samplers": ("grid", "grid")}, "named once each"),
        ({"epochs": 1, "rounds": 1, "seeds": 1, "samplers": ("random",)}, "give more"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(wrong, said):
    with pytest.raises(ValueError, match=said):
        gl.study.searches(gl.datasets.digits().take(range(60)), **wrong)


def test_the_dense_nets_have_no_activations_and_all_answer_for_each_class():
    for make in (dense_poly, dense_linear):
        made = make((64,), 10, 64, 3)
        kinds = {type(part) for part in made.modules() if not [*part.children()]}
        assert kinds == {nn.Flatten, nn.Linear} and made(torch.zeros(2, 64)).shape == (2, 10)
    widths = [
        part.out_features for part in dense_linear((64,), 10, 64, 3).modules() if isinstance(part, nn.Linear)
    ]
    assert widths == [64, 43, 21, 10]
    for shape in ((1, 28, 28), (784,), (64,), (3, 32, 32)):
        assert simple_cnn(shape, 10, 16, 2, convolutions=2, relu=True)(torch.zeros(2, *shape)).shape == (
            2,
            10,
        )
    with pytest.raises(ValueError, match="takes images"):
        simple_cnn((6, 200), 7)
