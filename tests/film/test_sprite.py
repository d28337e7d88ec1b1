"""Previews take at most 3 MB of a file: where there are too many they are smaller, then fewer, and it says how many."""

import json

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.film.sprite import MOST, reduced, sprite_of
from greenlatent.picture.look import look
from greenlatent.widgets.preview import Traces, preview_of

from ..parts import linear_net
from .test_film import clusters
from .test_html import inside, page


def samples(preview, n=60, **options):
    train = clusters(n=n)
    return gl.Samples(train.x, train.y, classes=train.classes, preview=preview, **options)


def noise(side):
    """Pixels that no file packs."""
    return lambda i: np.random.default_rng(i).integers(0, 256, (side, side), dtype=np.uint8)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train = samples("text", names=[f"Carla {k}" for k in range(60)])
    made = gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1)
    made.step(5)
    made.refresh()
    yield made
    made.close()


def told(text):
    return [record for record in json.loads(inside(text))[0]["records"] if record["type"] == "preview"]


def test_a_film_holds_previews_if_somebody_asks_for_them(lab):
    assert told(page(lab.film)) == []
    text = page(lab.film, previews=True)
    (record,) = told(text)
    assert [row["id"] for row in record["samples"]] == lab.film.ids.tolist()
    assert record["samples"][7]["name"] == "Carla 7"
    assert "It holds previews of 60 of 60 samples." in text
    film = gl.Film(lab, previews=True)
    assert film.sprite.looks[7] == ("text/plain", "Carla 7", look(lab.trainer.train, 7).encode())
    assert told(page(film)) and told(page(film, previews=False)) == [] and "previews of 60" in repr(film)


def test_anonymous_leaves_them_out(lab):
    text = page(lab.film, previews=True, anonymous=True)
    assert told(text) == [] and "Carla" not in text + inside(text) and "It holds" not in text


def test_of_a_session_somebody_gives_the_samples(lab):
    folder = lab.save()
    with pytest.raises(ValueError, match=r"gl.Film\(folder, previews=train\)"):
        gl.Film(folder, previews=True)
    assert len(gl.Film(folder, previews=lab.trainer.train).sprite.looks) == 60
    with pytest.raises(ValueError, match="no previews"):
        gl.Film(folder, previews=clusters())


def test_too_large_they_are_made_smaller(lab):
    found = sprite_of(samples(noise(64)), range(60), most=100_000)
    size = sum(len(data) for _, _, data in found.looks.values())
    assert len(found.looks) == 60 and found.smaller == 2 and size < 100_000
    assert str(found) == "previews of 60 of 60 samples, made 2 times smaller"


def test_too_many_there_are_fewer_of_all_over_and_the_file_keeps_its_bound(lab):
    film, small = lab.film, len(page(lab.film))
    files = [
        preview_of(noise(316)(i))[1] for i in range(60)
    ]  # 100 kB each, and a file cannot be made smaller
    film.samples = samples(lambda i: files[i])
    text = page(film, previews=True)
    kept = [row["id"] for row in told(text)[0]["samples"]]
    assert 0.9 * MOST < len(text) - small <= MOST
    assert 10 < len(kept) < 60 and np.ptp(kept) > 30, "from all over"
    assert f"It holds previews of {len(kept)} of 60 samples." in text


def test_one_that_fails_has_none_and_the_others_have_theirs():
    def some(i):
        if i == 3:
            raise OSError("no such file")
        return "text" if i < 10 else None

    assert sorted(sprite_of(samples(some), range(60)).looks) == [0, 1, 2, 4, 5, 6, 7, 8, 9]

    def none(i):
        raise OSError("no such file")

    with pytest.raises(ValueError, match="no sample could be drawn: no such file"):
        sprite_of(samples(none), range(60))


@pytest.mark.parametrize(
    "value, shape",
    [
        (np.ones((8, 10)), (4, 5)),
        (np.ones((9, 7, 3), np.uint8), (4, 3, 3)),
        (np.ones((3, 8, 8)), (4, 4, 3)),
        (np.ones((1, 8)), (1, 4)),
        (np.arange(100.0), (50,)),
    ],
)
def test_what_is_reduced_is_half_as_large_and_can_still_be_shown(value, shape):
    small = reduced(value, 2)
    assert small.shape == shape and small.dtype in (value.dtype, np.float32)
    assert preview_of(small)[0] == preview_of(value)[0]


def test_a_peak_of_a_signal_stays():
    line = np.zeros(100, np.float32)
    line[37] = 9
    assert reduced(line, 8).max() == 9
    both = reduced(Traces(("a", "b"), np.stack([line, -line])), 4)
    assert both.names == ("a", "b") and both.values.shape == (2, 25) and both.values[1].min() == -9
    assert reduced("a text", 8) == "a text"
