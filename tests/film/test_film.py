"""A film is what was shown, bit for bit, and recording it changes nothing of the run."""

import subprocess
import sys
import zipfile

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.film import Film
from greenlatent.film.tape import HEAD, Message

from ..parts import clusters, linear_net, weights


def lab(**options):
    options = {"latent": "0", "batch_size": 8, "threads": 1, "valid": clusters(seed=1), **options}
    return gl.Lab(linear_net(), clusters(), **options)


def run(made):
    for k in range(4):
        made.step(5)
        if k == 1:
            made.journal.add(gl.Relabel([1, 2], "class 2"), by="human")
    return made


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_frames_are_those_that_were_published(here):
    made, told = lab(), []
    publish = made.widget.publish
    made.widget.publish = lambda points, **more: (
        told.append((more["step"], np.array(points))),
        publish(points, **more),
    )
    run(made).refresh()
    film = made.film
    assert film.steps[-len(told) :] == [step for step, _ in told]
    for (_, points), moment in zip(told, [film.frame(k) for k in range(-len(told), 0)], strict=True):
        assert np.allclose(points, moment.points, atol=np.ptp(points) / 60_000)
        assert moment.sample_ids.tolist() == made.picture.shown.tolist()
    assert film.frame(-1).column("given").tolist() == made.trainer.mending.y.tolist()
    assert film.points.shape == (len(film), 60, 2)
    assert [edit["text"] for edit in film.edits] == ["2 samples relabelled class 2"]
    assert film.evaluations[-1]["accuracy"] == made.course[-1].accuracy
    assert film.to_frame()["step"].tolist() == film.steps
    made.close()


def test_a_folder_a_zip_a_file_and_a_lab_hold_the_same_film(here):
    made = run(lab())
    made.meter.stop()  # which would tell of itself between two looks
    folder = made.save()
    pack = made.save("mine.zip")
    there = [Film(source) for source in (made, folder, pack, folder / "film.bin")]
    assert all(film.messages == there[0].messages for film in there[1:])
    made.close()


def test_recording_changes_no_weight(here):
    with_film, without = run(lab(session=False)), run(lab(session=False, film=False))
    one, other = weights(with_film.trainer.model), weights(without.trainer.model)
    assert all((one[name] == other[name]).all() for name in one)
    with pytest.raises(ValueError, match="film=False"):
        without.film  # noqa: B018
    with_film.close(), without.close()


def test_a_run_that_goes_on_goes_on_in_its_film(here):
    made = run(lab())
    folder = made.save()
    made.close()
    again = gl.Lab.load(folder, linear_net(), clusters(), valid=clusters(seed=1))
    again.step(3)
    assert again.film.steps[0] == 0 and again.film.steps[-1] == 23
    again.close()


def test_a_journal_alone_is_filmed_by_replaying_it(here):
    made = run(lab(session=False))
    shown = made.film.frame(-1).points
    film = Film.of(made.journal, linear_net(), clusters(), looks=5, valid=clusters(seed=1), steps=20)
    assert film.steps[-1] == 20 and {10, 11} <= set(film.steps)
    assert np.isfinite(film.points).all() and film.frame(-1).points.shape == shown.shape
    assert film.frame(-1).column("given").tolist() == made.trainer.mending.y.tolist()
    assert [edit["n"] for edit in film.edits] == [1]
    made.close()


def test_looking_again_imports_no_torch(here):
    made = run(lab())
    made.save()
    folder = made.session.folder
    made.close()
    look = (
        "import sys, greenlatent as gl\n"
        f"film = gl.Film({str(folder)!r})\n"
        "film.save('run.html'), film.points, film.edits\n"
        "assert not {'torch', 'sklearn', 'anywidget'} & set(sys.modules), 'more is loaded than a film needs'"
    )
    subprocess.run([sys.executable, "-c", look], check=True, cwd=here)


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "this is no film"),
        (b"greenlatent film 7\n", "no film of this version"),
        (HEAD, "no frames"),
        (HEAD + Message({"type": "ids", "t": 0.0, "n": 10**9}, (b"1234",)).pack(), "no frames"),
        (HEAD + Message({"type": "labels", "t": 0.0, "columns": "x"}).pack(), "no frames"),
        (HEAD + b"\xff" * 1000, "no frames"),
    ],
)
def test_what_is_no_film_ends_in_a_sentence(here, data, why):
    (here / "film.bin").write_bytes(data)
    with pytest.raises(ValueError, match=why):
        Film(here / "film.bin")


def test_sizes_are_looked_at_before_memory_is_taken(here):
    with (here / "film.bin").open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(ValueError, match="at most"):
        Film(here / "film.bin")
    with zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("film.bin", bytes(2**28 + 1))
    with pytest.raises(ValueError, match="more than"):
        Film("bomb.zip")
    with pytest.raises(FileNotFoundError, match="there is no film"):
        Film("nowhere")


def test_a_lab_that_was_closed_has_its_film(here):
    made = run(lab(session=False))
    before = made.film.messages
    made.close()
    assert made.film.messages[: len(before)] == before
