"""A collection of messages is read as it is published; what is none is refused by its line."""

import hashlib
import warnings

import pytest

import greenlatent as gl
from greenlatent.datasets import messages

LINES = "ham\tOk lar... Joking wif u\nspam\tFree entry, call free\nham\tOk lar... Joking wif u\nham\t<b>see</b> you\n"


@pytest.fixture
def collection(tmp_path, monkeypatch):
    path = tmp_path / "SMSSpamCollection"
    path.write_bytes(LINES.encode())
    monkeypatch.setattr(messages, "KNOWN", hashlib.sha256(LINES.encode()).hexdigest()[:8])
    return path


def test_messages_are_counts_of_words_with_their_texts_to_look_at(collection):
    found = gl.datasets.sms(collection)
    assert found.classes == ("wanted", "spam") and found.y.tolist() == [0, 1, 0, 0]
    free = found.features.index("free")
    assert found.x[:, free].tolist() == [0, 2, 0, 0]
    assert found.groups["copy"].tolist() == [0, 1, 0, 3]
    assert found.preview(3) == "<b>see</b> you"


def test_the_most_frequent_words_are_kept(collection):
    found = gl.datasets.sms(collection, words=3)
    assert found.shape == (3,)
    with pytest.raises(ValueError, match="words=0; give how many"):
        gl.datasets.sms(collection, words=0)


def test_another_file_is_read_and_said_to_be_another(collection):
    collection.write_bytes(LINES.encode() + b"ham\tone more\n")
    with pytest.warns(UserWarning, match="not the collection that is known here"):
        assert len(gl.datasets.sms(collection)) == 5


@pytest.mark.parametrize(
    "text, words", [("ham no tab\n", "line 1 is no message"), ("\n\n", "holds no message")]
)
def test_what_is_no_collection_is_refused_by_its_line(tmp_path, text, words):
    path = tmp_path / "other.txt"
    path.write_text(text)
    with warnings.catch_warnings(), pytest.raises(ValueError, match=words):
        warnings.simplefilter("ignore")
        gl.datasets.sms(path)


def test_no_copy_lies_on_both_sides_of_a_study_that_keeps_them_together(collection):
    from greenlatent.study import split

    found = gl.datasets.sms(collection)
    X, y = found.x.numpy().repeat(8, 0), found.y.numpy().repeat(8)
    apart = split(X, y, 0, found.groups["copy"].repeat(8))
    assert apart.copies == 0 and split(X, y, 0).copies > 0


def test_a_file_in_other_letters_is_refused_in_words(tmp_path):
    (tmp_path / "sms").write_bytes(b"ham\t10 \xa3\n")
    with pytest.warns(UserWarning, match="not the collection"), pytest.raises(ValueError, match="no text in"):
        gl.datasets.sms(tmp_path / "sms")
