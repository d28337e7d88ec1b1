from contextlib import closing

import numpy as np
import pytest
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.edits import (
    Relabel,
)
from greenlatent.lab.lab import Lab
from greenlatent.lab.panels import ROWS

from ..parts import digit_samples, net
from ..run.test_runner import wait_for
from .test_lab import Page


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train, valid = digit_samples(noise="blob")
    lab = Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1, session=False)
    yield lab
    lab.close()


def heard(page, kind):
    return [header for header, _ in page.heard if header["type"] == kind]


def test_the_page_hears_of_every_change_of_the_journal_and_mutes_by_line(lab):
    page = Page(lab)
    page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": "7"}, [3, 4, 5, 6])
    wait_for(lambda: heard(page, "journal") and heard(page, "journal")[-1]["rows"])
    (row,) = heard(page, "journal")[-1]["rows"]
    assert (row["text"], row["by"], row["samples"]) == ("4 samples relabelled 7", "human", 4)
    page.press("mute", n=row["n"])
    wait_for(lambda: heard(page, "journal")[-1]["rows"][0]["state"] == "muted")
    assert lab.journal.active == []
    page.press("unmute", n=row["n"])
    wait_for(lambda: heard(page, "journal")[-1]["rows"][0]["state"] == "in force")
    page.press("select", line=row["n"])
    assert lab.selection.tolist() == [3, 4, 5, 6]


def test_a_long_journal_is_cut_and_says_so(lab):
    page = Page(lab)
    for i in range(ROWS + 3):
        lab.journal.add(Relabel([i], "7"))
    lab.refresh()
    told = heard(page, "journal")[-1]
    assert (len(told["rows"]), told["more"], told["rows"][0]["n"]) == (ROWS, 3, ROWS + 3)


def test_a_page_that_comes_back_is_told_all_panels(lab):
    lab.step(20)
    page = Page(lab)
    assert heard(page, "meter") and heard(page, "journal")


def test_the_meter_tells_a_reading_a_second_with_lines_that_add_up(lab):
    page = Page(lab)
    lab.step(30)
    wait_for(lambda: heard(page, "meter")[-1]["per"] is not None)
    meter = heard(page, "meter")[-1]
    kinds = [line["kind"] for line in meter["lines"]]
    assert kinds[0] == "train" and "view" in kinds and "waiting" in kinds
    total = sum(line["value"] for line in meter["lines"])
    assert total == pytest.approx(meter["total"]["value"])
    assert [line["how"] for line in meter["how"]] == ["modelled"] and meter["grams"] is None
    buffers = next(buffers for header, buffers in page.heard if header is meter)
    strip = np.frombuffer(buffers[0], "<f4").reshape(-1, 3)
    assert (strip[:, 1] <= strip[:, 0]).all() and (strip[:, 0] <= strip[:, 2]).all()


def test_the_comparison_shows_how_far_it_is_and_what_it_found(lab):
    page = Page(lab)
    lab.step(60)
    lab.journal.add(Relabel([3], "7"))
    page.press("compare")
    wait_for(lambda: heard(page, "comparison")[-1]["text"] != "")
    told = heard(page, "comparison")
    begun = next(k for k, each in enumerate(told) if each["share"] is not None)
    shares = [each["share"] for each in told[begun:-1]]
    assert shares == sorted(shares) and shares[0] == 0
    assert told[-1]["text"].startswith("With your 1 edit") and len(told[-1]["lines"]) == 4
    assert told[-1]["more"] and told[-1]["price"].startswith("Comparing takes about ")
    lab.step(5)
    lab.runner.call(lab._dashboard.tell)
    assert heard(page, "comparison")[-1]["lines"] == [], "it was about the run as it stood"


def test_the_page_starts_again_with_what_was_mended_and_can_call_it_off(lab):
    page = Page(lab)
    lab.step(60)
    page.press("again")
    wait_for(lambda: heard(page, "error"))
    assert "nothing was mended yet" in heard(page, "error")[-1]["text"]
    lab.journal.add(Relabel([3], "7"))
    page.press("again")
    wait_for(lambda: heard(page, "comparison")[-1]["text"].startswith("With your 1 edit"))
    assert lab.trainer.steps == 60 and lab.run.earlier[-1].step == 60
    assert "the run before" in heard(page, "comparison")[-1]["lines"][3]
    again = lab.run.again
    lab.run.again = lambda *, progress: (page.press("cancel"), again(progress=progress))[1]
    page.press("again")
    wait_for(lambda: heard(page, "comparison")[-1]["text"] == "Cancelled.")
    assert lab.trainer.steps < 60


def test_a_comparison_can_be_cancelled_and_one_of_nothing_says_why(lab):
    page = Page(lab)
    page.press("compare")
    wait_for(lambda: heard(page, "error"))
    assert "train some steps first" in heard(page, "error")[-1]["text"]
    assert heard(page, "comparison")[-1] == {**heard(page, "comparison")[-1], "share": None, "text": ""}
    lab.step(200)
    steps = lab.trainer.steps
    compare = lab.run.compare
    lab.run.compare = lambda *, progress: (page.press("cancel"), compare(progress=progress))[1]
    page.press("compare")
    wait_for(lambda: heard(page, "comparison")[-1]["text"] == "Cancelled.")
    assert lab.trainer.steps == steps


def test_the_session_is_downloaded_in_one_file_that_load_takes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("greenlatent.widgets.widget.PART", 10_000)
    train, valid = digit_samples()
    lab = Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1)
    page = Page(lab)
    lab.step(5)
    page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": "7"}, [3])
    page.press("download")
    wait_for(
        lambda: (
            heard(page, "file") and heard(page, "file")[-1]["part"] == heard(page, "file")[-1]["parts"] - 1
        )
    )
    parts = [(header, bytes(buffers[0])) for header, buffers in page.heard if header["type"] == "file"]
    assert [header["part"] for header, _ in parts] == list(range(parts[0][0]["parts"])) and len(parts) > 1
    (tmp_path / parts[0][0]["name"]).write_bytes(b"".join(data for _, data in parts))
    again = Lab.load(tmp_path / "greenlatent-step-5.zip", net(), train)
    assert again.trainer.steps == 5 and len(again.journal.active) == 1
    lab.close(), again.close()


def test_a_page_is_told_which_channel_tells_of_which_class_once_it_asks(lab, tmp_path):
    page = Page(lab)
    assert not heard(page, "channels"), "digits have no channels"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3, 12)).astype("f4")
    y = np.arange(120) % 3
    x[y == 1, 2] += 3.0  # the third channel tells of the second class
    signals = Samples(x, y, classes=["sit", "walk", "run"])
    made = nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.Linear(8, 3))
    with closing(Lab(made, signals, latent="1", threads=1, session=False)) as other:
        page = Page(other)
        assert heard(page, "channels")[-1]["channels"] == []
        page.press("channels")
        wait_for(lambda: heard(page, "channels")[-1]["channels"])
        told = heard(page, "channels")[-1]
        assert told["channels"][0] == "channel 3" and told["classes"] == ["sit", "walk", "run"]
        bits = np.array(told["bits"])
        assert bits[0, 1] > 0.8 > 0.6 > bits[0, [0, 2]].max() and bits[1:].max() < 0.3
