"""Rows from Samples, arrays, frames, CSV, JSON and NPZ; what cannot be read says what can."""

import json

import numpy as np
import pandas
import pytest

import greenlatent as gl
from greenlatent.plan.data.read import read

X = np.arange(12.0).reshape(4, 3)


def test_the_same_rows_are_read_from_every_kind_of_source(tmp_path):
    y = ["a", "b", "a", None]
    frame = pandas.DataFrame(X, columns=["p", "q", "r"]).assign(label=y)
    frame.to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "a.json").write_text(json.dumps(json.loads(frame.to_json(orient="records"))))
    np.savez(tmp_path / "a.npz", x=X, y=np.array(["a", "b", "a", ""]))
    for source in (frame, tmp_path / "a.csv", str(tmp_path / "a.json"), (X, y), tmp_path / "a.npz"):
        rows = read(source)
        assert np.array_equal(rows.x, X) and list(rows.y) == y and rows.kind == "table"


def test_samples_tell_their_kind_classes_and_groups():
    samples = gl.Samples(
        X.reshape(4, 1, 3), ["a", "b", "a", None], groups={"who": [1, 1, 2, 2]}, preview="signal"
    )
    rows = read(samples)
    assert rows.kind == "signal" and list(rows.y) == ["a", "b", "a", None] and rows.shape == (1, 3)
    assert list(rows.groups["who"]) == [1, 1, 2, 2]


def test_a_column_of_words_gets_a_number_for_each_and_gaps_stay_gaps(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("colour,size,y\nred,1,0\n,2,1\nblue,NA,0\nred,=1+1,1\n")
    rows = read(path)
    assert np.array_equal(rows.x[:, 0], [1, np.nan, 0, 1], equal_nan=True)
    assert rows.columns == ("colour", "size") and np.isnan(rows.x[2, 1])


def test_groups_and_labels_are_named_by_column(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("p,q,who,what\n1,2,ann,x\n3,4,ben,z\n")
    rows = read(path, label="what", group="who")
    assert (
        list(rows.y) == ["x", "z"]
        and list(rows.groups["who"]) == ["ann", "ben"]
        and rows.columns == ("p", "q")
    )
    with pytest.raises(ValueError, match="'no' is no column; there are p, q"):
        read(path, label="no")


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("a.csv", "", "has no rows"),
        ("a.csv", "p,p\n1,2\n", "names a column twice"),
        ("a.csv", "p,q\n1,2\n1\n", "line 3 of a.csv has not 2 cells"),
        ("a.json", "[" * 200_000, "no JSON that can be read"),
        ("a.json", "[1, 2]", "no list of rows"),
        ("a.txt", "x", "none of .csv"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=words):
        read(tmp_path / name)


def test_a_pickle_is_never_opened(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        read(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError, match=r"there is no file 'gone\.csv'"):
        read(tmp_path / "gone.csv")
    with pytest.raises(TypeError, match="give Samples"):
        read(7)
    with pytest.raises(ValueError, match="one label a row"):
        read((X, [1]))


@pytest.mark.parametrize(
    "text, words",
    [
        ("name,y\ncaf\xe9,1\n".encode("latin-1"), "is not UTF-8 .byte 0xe9.*save it as UTF-8"),
        (b"a;b;y\n1,5;2;0\n2;3;1\n", "looks like ';'.*sep=';'"),
        (b"a;b;y\n1;2;0\n2;3;1\n", "looks like ';'"),
        (b"a\tb\n1\t2\n", "looks like"),
        (b"a\n1,2\n", "line 2 of a.csv has not 1 cell,"),
    ],
)
def test_a_csv_of_another_kind_is_told_in_words(tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=words) as found:
        read(path)
    assert not isinstance(found.value, UnicodeError)


def test_a_broken_npz_and_one_of_objects_are_told_in_words(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, x=X)
    whole = path.read_bytes()
    for text in (b"no zip", b"", whole[: len(whole) // 2]):
        path.write_bytes(text)
        with pytest.raises(ValueError, match=r"a.npz is broken, or no NPZ"):
            read(path)
    np.savez(path, x=np.array([[1, "a"]], dtype=object))
    with pytest.raises(ValueError, match="holds Python objects, which are never opened; save x as numbers"):
        read(path)
    np.savez(path, z=X)
    with pytest.raises(ValueError, match="holds z; it needs x"):
        read(path)


def test_a_folder_is_told_from_no_file(tmp_path):
    with pytest.raises(OSError, match="is a folder; give a file in it"):
        read(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "x, words",
    [
        (X + 1j, "complex numbers"),
        ([[1, 2], [3]], "rows of equal length"),
        (np.array([["a", "b"]], dtype=object), "no numbers"),
        ([[1, None], [2, object()]], "no numbers"),
    ],
)
def test_what_are_no_rows_of_numbers_is_refused(x, words):
    with pytest.raises(ValueError, match=words):
        read((x, None))
    if words == "complex numbers":
        with pytest.raises(ValueError, match=words):
            read(pandas.DataFrame(x))
