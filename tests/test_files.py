"""Files are whole or as they were, wherever writing them ends."""

import pytest

from greenlatent.files import place, whole_or_nothing


def test_a_file_is_what_it_was_until_all_of_it_is_written(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with whole_or_nothing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(OSError), whole_or_nothing(path) as part:
        part.write_text("ne")
        raise OSError("the disk is full")
    assert path.read_text() == "old"


def test_a_folder_and_a_place_in_no_folder_are_refused_in_words(tmp_path):
    assert place(tmp_path / "a.zip") == tmp_path / "a.zip"
    with pytest.raises(IsADirectoryError, match=r"is a folder; name a file in it"):
        place(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .* make it"):
        place(tmp_path / "missing" / "a.zip")
