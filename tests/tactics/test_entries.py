"""The catalogue: thirty of a paper and four of our own; a row without a source is no row."""

import csv
import re

import pytest
import torch

import greenlatent as gl
from greenlatent.tactics.advisor import TACTICS, Advisor
from greenlatent.tactics.entries import STAGES, WAYS

from .simulated import lab


def test_it_holds_the_thirty_and_our_four_in_order():
    ids = [each.id for each in gl.tactics.catalogue()]
    assert ids == [*(f"T{n}" for n in range(1, 31)), "threads", "schedule", "batch", "stop"]


@pytest.mark.parametrize("row", gl.tactics.catalogue(), ids=lambda row: row.id)
def test_every_row_has_a_source_a_way_and_says_when_it_does_harm(row):
    assert row.sources and all(len(source) > 10 for source in row.sources)
    assert row.stage in STAGES and row.how in WAYS
    assert row.what and row.target and row.assumes and row.harmful and row.verdict
    assert row.ours_alone or "10.1145/3639475.3640111" in row.sources[0]
    for tried in row.measured:
        assert tried.data in ("digits", "MNIST", "watch") and tried.n >= 3
        assert tried.between is None or tried.between[0] <= tried.ratio <= tried.between[1]


def test_what_saved_nothing_is_shown_with_its_numbers():
    for id, word in (("T17", "no saving"), ("T18", "never paid"), ("T14", "not joules"), ("T10", "harmful")):
        assert word in gl.tactics.tactic(id).verdict and gl.tactics.tactic(id).measured
    masks = [tried for tried in gl.tactics.tactic("T3").measured if "masked" in tried.arm]
    assert len(masks) == 3 and all(tried.ratio > 0.9 for tried in masks)


def test_it_is_searched_by_stage_and_by_words():
    assert [each.id for each in gl.tactics.search(stage="data")] == ["T1", "T2", "T3", "T4", "T5"]
    assert "T17" in {each.id for each in gl.tactics.search(text="Distil")}
    with pytest.raises(ValueError, match="there are data, algorithm"):
        gl.tactics.search(stage="magic")
    with pytest.raises(ValueError, match="there is no tactic 'T31'; there are T1, T2"):
        gl.tactics.tactic("T31")


def test_what_is_no_text_is_no_name_and_no_search():
    for given in (5, None, ["T2"]):
        with pytest.raises(ValueError, match="there is no tactic"):
            gl.tactics.tactic(given)
        with pytest.raises(TypeError, match="text is what is looked for"):
            gl.tactics.search(text=given)


def test_it_prints_and_goes_into_a_table(tmp_path):
    tried = gl.tactics.tactic("schedule").measured[0]
    assert f"x{tried.ratio:g} [{tried.between[0]:.2f}, {tried.between[1]:.2f}]" in str(
        gl.tactics.tactic("schedule")
    )
    path = gl.tactics.catalogue().to_csv(tmp_path / "tactics.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len({row["id"] for row in rows}) == 34
    half = next(row for row in rows if row["arm"] == "half the epochs, rate 5e-3 falling")
    assert half["data"] == "digits" and half["ratio"] == f"{tried.ratio:g}"
    assert half["between"] == f"{tried.between[0]:g} to {tried.between[1]:g}"


def test_each_of_the_thirty_runs_or_says_why_it_is_text():
    looked_for = {id for id, _ in TACTICS}
    for row in gl.tactics.catalogue():
        by_name = f'lab.advice.of("{row.id}").apply(' in row.call
        assert by_name or row.call.startswith(("lab.", "gl.")) or "text alone: it was" in row.call, row.id
        assert not by_name or row.id in looked_for or row.call.endswith("tried with T6"), row.id
        for call in re.findall(r"\bgl(?:\.\w+)+", row.call):
            if call != "gl.energy.trend":
                name = gl
                for part in call.split(".")[1:]:
                    name = getattr(name, part)


def test_what_is_offered_is_followed_as_the_catalogue_says(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    wide = torch.nn.Sequential(
        torch.nn.Conv1d(4, 20, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv1d(20, 20, 3)
    )
    model = torch.nn.Sequential(wide, torch.nn.Flatten(), torch.nn.Linear(100, 3))
    torch.manual_seed(0)
    train = gl.Samples(torch.randn(90, 4, 7), [i % 3 for i in range(90)], groups={"site": ["a", "b"] * 45})
    given = {"threads": 2, "optimizer": lambda params: torch.optim.Adam(params, lr=1e-3)}
    measured = Advisor._a_step
    # a plan of 30 s, so that on any machine there is time for the price of each
    monkeypatch.setattr(Advisor, "_a_step", lambda self: max(measured(self), 0.02))
    with lab(model=model, train=train, valid=train.take(range(60)), latent="1", **given) as run:
        run.step(400)
        found = run.advise(steps=1_500, answers=50)
        offered = {(each.tactic, each.advice.how) for each in found.looked_at if each.advice is not None}
    assert {"T4", "T9", "T13", "T14", "T15", "T16", "T17", "T19", "T20"} <= {id for id, _ in offered}
    assert {"T21", "T22", "T23", "T24", "T26", "T28", "T29"} <= {id for id, _ in offered}
    for id, how in offered - {("T18", "set-up")}:  # training in 16 bits is one, answers in 8 are a model
        assert how == gl.tactics.tactic(id).how, id
