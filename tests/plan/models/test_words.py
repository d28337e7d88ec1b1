"""Formulas for words agree with the modules that they stand for."""

import pytest

from greenlatent.plan.costs.speeds import shipped
from greenlatent.plan.models import counted, nets, words

NETS = [
    ("mlp", "64", (20,), 3, 64),
    ("mlp", "256-128", (784,), 10, 128),
    ("mlp", "32-32-32-32", (100,), 10, 16),
    ("cnn", "16-32", (1, 28, 28), 10, 64),
    ("cnn", "32-64-64", (3, 32, 32), 10, 32),
    ("cnn", "16-16", (6, 100), 5, 64),
    ("gru", "64", (6, 50), 8, 64),
    ("lstm", "96-32", (3, 30), 8, 16),
    ("transformer", "32", (6, 40), 8, 64),
    ("transformer", "64-64-64", (3, 80), 8, 32),
]


@pytest.mark.parametrize("model, size, shape, classes, batch", NETS)
def test_words_say_what_the_module_is_counted_to_be(model, size, shape, classes, batch):
    said = words.workload(model, size, rows=1000, shape=shape, classes=classes, batch=batch)
    found = counted.workload(nets.net(model, size, shape, classes), shape, batch=batch)
    assert said.family == found.family == model
    assert said.flops == pytest.approx(found.flops, rel=0.1)
    assert said.parameters == found.parameters
    for one, other in ((said, found), (said.answer, found.answer)):
        assert 1 / 1.3 < shipped().seconds(one) / shipped().seconds(other) < 1.3


@pytest.mark.parametrize(
    "model", ["svm", "tree", "forest", "adaboost", "bagging", "linear", "boosting", "knn"]
)
def test_more_rows_are_more_work_of_a_fit(model):
    few, many = (words.workload(model, None, rows=n, shape=20, classes=3, batch=1) for n in (500, 1000))
    assert many.flops >= 2 * few.flops and few.fit and many.operations == few.operations


def test_what_is_no_model_or_no_size_is_refused_with_what_there_is():
    with pytest.raises(ValueError, match="there are mlp, cnn, gru"):
        words.workload("resnet", None, rows=1, shape=4, classes=2, batch=1)
    for size in ("huge", "64-0", "-", "64 32", 64):
        with pytest.raises(ValueError, match="give small, medium, large, or widths"):
            words.workload("mlp", size, rows=1, shape=4, classes=2, batch=1)
    with pytest.raises(ValueError, match="give how many there are, or the shape of one row"):
        words.workload("mlp", None, rows=1, shape=(), classes=2, batch=1)
