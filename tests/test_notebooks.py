"""The notebooks of an installed package, written where somebody wants them."""

from pathlib import Path

import nbformat

from greenlatent import notebooks

CHECKOUT = Path(__file__).parents[1]


def test_all_notebooks_lesson_and_notes_are_written_and_nothing_is_overwritten(tmp_path, capsys):
    folder = tmp_path / "new" / "place"
    assert notebooks.main([str(folder)]) == 0
    told = capsys.readouterr().out
    there = sorted((folder / "notebooks").glob("*.ipynb"))
    assert [p.name for p in there] == [p.name for p in sorted((CHECKOUT / "notebooks").glob("*.ipynb"))]
    assert told.splitlines()[-1] == f"open the first with: jupyter lab {there[1]}" and str(there[-1]) in told
    for path in there:
        nbformat.validate(nbformat.read(path, as_version=4))
    assert (folder / "docs/course/lesson.py").read_text() == (CHECKOUT / "docs/course/lesson.py").read_text()
    notes = (folder / "data.md").read_text()
    assert all(f"gl.datasets.{name}(" in notes for name in ("digits", "mnist5k", "watch", "motions"))

    there[0].write_text("mine")
    there[1].unlink()
    assert notebooks.main([str(folder)]) == 0
    assert there[0].read_text() == "mine" and there[1].exists()
    assert f"{len(there) + 1} were there already and stay" in capsys.readouterr().out


def test_what_is_no_folder_is_refused_in_words(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert notebooks.main([str(tmp_path / "file")]) == 1
    assert "is a file; name a folder" in capsys.readouterr().err
    assert notebooks.main([]) == 2 and "greenlatent.notebooks DIR" in capsys.readouterr().err
    assert notebooks.main(["--help"]) == 0 and "greenlatent.notebooks DIR" in capsys.readouterr().out
