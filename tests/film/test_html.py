"""The file that is sent: alone, anonymous where asked, and of texts that stay texts."""

import base64
import json
import re
import zlib
from struct import unpack_from

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.film.html import _inline, _planes, _rounded

from ..parts import linear_net
from .test_film import clusters

HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def film():
    train = clusters()
    train = gl.Samples(
        train.x, train.y, classes=[HOSTILE, "Anna", "Berta"], groups={"wearer Carla": np.arange(60)}
    )
    made = gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1, session=False, title=HOSTILE)
    for _ in range(3):
        made.step(5)
        made.refresh()
    made.journal.add(gl.Relabel([1], "Anna"), by="Dora")
    made.step(1)
    found = made.film
    made.close()
    return found


def page(film, **options):
    return film.save("run.html", **options).read_text(encoding="utf-8")


def inside(text):
    data = json.loads(re.search('id="data">(.*?)</script>', text)[1])
    raw = zlib.decompress(base64.b64decode(data))
    (length,) = unpack_from("<I", raw)
    return raw[4 : 4 + length].decode()


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_nothing_in_it_leads_anywhere_else(film):
    text = page(film)
    addresses = set(re.findall(r"(?:https?|wss?):?//[\w.:/-]+", text)) - {"http://www.w3.org/2000/svg"}
    assert addresses == set(), "only the name of SVG looks like an address"
    assert "default-src 'none'" in text and "unsafe-eval" not in text
    assert len(text) < 1_500_000


def test_texts_of_data_stay_texts(film):
    text = page(film)
    assert "<img src=x" not in text
    assert len(re.findall("<script", text)) == 3, "the data and the two scripts"
    assert HOSTILE in json.loads(inside(text))[0]["classes"], "and are whole inside"


def test_anonymous_leaves_out_every_name(film):
    named, masked = page(film) + inside(page(film)), page(film, anonymous=True)
    for name in ("Anna", "Berta", "Carla", "Dora", "alert(1)"):
        assert name in named
        assert name not in masked + inside(masked)


def test_planes_and_rounding_keep_what_is_missing():
    codes = np.array([0, 1, 40_000, 65_534, 65_535], "<u2")
    rounded = _rounded(codes, 12)
    assert rounded[-1] == 65_535 and (np.abs(rounded.astype(int) - codes)[:-1] <= 8).all()
    low, high = np.frombuffer(_planes(codes), np.uint8).reshape(2, -1)
    assert (low + 256 * high.astype(int) == codes).all()


def test_a_script_cannot_end_its_own_tag():
    assert "</script" not in _inline("a = '</script><!--'").lower() and "<!--" not in _inline("<!--")
