"""Labels as people hold them: what they become, and what is refused with a way out."""

import numpy as np
import pandas
import pytest
import torch

from greenlatent.data.samples import Samples

X = np.zeros((4, 2), np.float32)
NAN = float("nan")


@pytest.mark.parametrize(
    "y",
    [
        ["cat", "dog", None, "cat"],
        ["cat", "dog", NAN, "cat"],
        ["cat", "dog", "", "cat"],
        np.array(["cat", "dog", None, "cat"], dtype=object),
        pandas.Series(["cat", "dog", None, "cat"]),
        pandas.Series(["cat", "dog", pandas.NA, "cat"], dtype="string"),
        pandas.Series(["cat", "dog", None, "cat"], dtype="category"),
        pandas.Categorical(["cat", "dog", None, "cat"]),
    ],
    ids=["None", "NaN", "empty", "object", "Series", "NA", "category", "Categorical"],
)
def test_texts_become_classes_and_gaps_no_label(y):
    data = Samples(X, y)
    assert data.classes == ("cat", "dog") and data.y.tolist() == [0, 1, -1, 0]
    assert Samples(X, y, classes=["dog", "cat", "bird"]).y.tolist() == [1, 0, -1, 1]


def test_categories_keep_their_own_order():
    data = Samples(X, pandas.Categorical(["low", "high", "mid", "low"], categories=["low", "mid", "high"]))
    assert data.classes == ("low", "mid", "high") and data.y.tolist() == [0, 2, 1, 0]


@pytest.mark.parametrize(
    "y", [[0, 1, None, 1], pandas.array([0, 1, None, 1], dtype="Int64"), [[0], [1], [None], [1]]]
)
def test_class_indices_may_have_gaps(y):
    data = Samples(X, y)
    assert not data.regression and data.y.tolist() == [0, 1, -1, 1]


def test_whole_floats_with_gaps_are_classes_where_classes_are_named():
    y = pandas.DataFrame({"y": [0, 1, None, 1]})["y"]  # pandas makes floats of them
    assert Samples(X, y, classes=["cat", "dog"]).y.tolist() == [0, 1, -1, 1]
    assert Samples(X, y).regression


def test_one_hot_rows_are_class_indices():
    data = Samples(X, np.array([[1, 0, 0], [0, 0, 1], [NAN] * 3, [0, 1, 0]]), classes=["a", "b", "c"])
    assert data.y.tolist() == [0, 2, -1, 1] and data.classes == ("a", "b", "c")


SEVERAL = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0], [NAN, 1, 0]])


def test_of_several_labels_the_chosen_one_is_shown():
    data = Samples(X, SEVERAL, classes=["cat", "dog", "car"], label="cat")
    assert data.classes == ("not cat", "cat") and data.y.tolist() == [1, 0, 0, -1]
    assert data.several.names == ("cat", "dog", "car")
    assert data.take([1, 0]).several.table.tolist() == [[0, 0, 1], [1, 1, 0]]
    other = Samples(X, SEVERAL, classes=["cat", "dog", "car"], label="car")
    assert other.y.tolist() == [0, 1, 0, 0] and other.fingerprint != data.fingerprint


def test_labels_that_were_mended_stand_in_the_table_of_all():
    data = Samples(X, SEVERAL, label="0").take([0, 1], y=torch.tensor([0, 1, 0, 0]))
    assert data.several.table[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        (SEVERAL, {}, "row 0 of y marks 2 labels.*label= one of 0, 1, 2"),
        (SEVERAL, {"label": "bus"}, "no label 'bus'; the labels are 0, 1, 2"),
        (SEVERAL, {"label": "a", "classes": ["a", "b"]}, "3 columns, but classes names 2"),
        (np.full((4, 2), 0.5), {}, r"0.5, which is neither 0 nor 1.*y.argmax\(1\)"),
        ([0, 1, 0, 1], {"label": "a"}, "y holds one per sample already"),
        (["cat", "dog", "bird", "cat"], {"classes": ["cat", "dog"]}, "row 2 of y is 'bird'.*cat, dog"),
        (["cat", 1, "dog", 2], {}, "holds int, str; pass one label per sample"),
        ([[0, 1], [1], [0], [2]], {}, 'rows of different lengths.*label="..."'),
        (np.zeros((4, 2, 2)), {}, r"shape \(4, 2, 2\); pass one label per sample"),
        ([1j, 0, 1, 0], {}, "holds complex128; pass one label"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_can(y, options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Samples(X, y, **options)


@pytest.mark.parametrize("y", [None, [None] * 4])
def test_no_label_at_all_says_what_works_without(y):
    data = Samples(X, y)
    assert data.unlabelled and data.classes == () and "no labels" in repr(data)
    with pytest.raises(ValueError, match=r"no labels .*links, weights and leaving out work without"):
        data.class_index("3")


def items(*keys):
    return [
        dict(zip(keys, (np.full(3, i, np.float32), "odd" if i % 2 else "even"), strict=True))
        for i in range(4)
    ]


def test_items_that_are_dicts_are_read_by_their_keys():
    data = Samples.from_dataset(items("pixels", "label"), x="pixels", y="label")
    assert data.classes == ("even", "odd") and data.y.tolist() == [0, 1, 0, 1]
    assert data.take([2]).view(torch.tensor([0])).tolist() == [[2, 2, 2]]


@pytest.mark.parametrize("options", [{}, {"x": "pixels"}, {"y": "label"}, {"x": "wrong", "y": "label"}])
def test_without_their_keys_one_hears_which_there_are(options):
    with pytest.raises(TypeError, match=r"keys 'pixels', 'label'.*from_dataset\(dataset, x="):
        Samples.from_dataset(items("pixels", "label"), **options)


PACKED = r"one tensor, and take it apart in call=lambda model, x"


@pytest.mark.parametrize("options", [{}, {"y": ["a", "b"]}])
def test_a_third_part_of_an_item_is_refused_and_never_taken_for_the_label(options):
    parts = [(np.ones(3), 41, "a"), (np.ones(3), 42, "b")]
    with pytest.raises(TypeError, match=rf"have 3 parts, where \(input, label\) is two.*{PACKED}"):
        repr(Samples.from_dataset(parts, **options))


@pytest.mark.parametrize(
    ("dataset", "options", "words"),
    [
        ([({"signal": np.ones(3), "age": 4}, k) for k in (0, 1)], {}, "got a dict of 2"),
        ([((np.ones(3), np.ones(2)), k) for k in (0, 1)], {}, "got a tuple of 2"),
        ([((torch.ones(3), torch.ones(2)), k) for k in (0, 1)], {}, "got a tuple of 2"),
        (items("signal", "label"), {"x": ["signal", "age"], "y": "label"}, r"got \['signal', 'age'\]"),
    ],
)
def test_several_inputs_are_refused_at_once_with_how_they_are_given(dataset, options, words):
    with pytest.raises(TypeError, match=rf"{words}; pack several inputs into {PACKED}"):
        Samples.from_dataset(dataset, **options)
