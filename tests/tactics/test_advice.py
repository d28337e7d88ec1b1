"""Advice is tried on request, applied with a call, taken back with another; the Lab is asked before anything else."""

import math

import pytest
import torch

import greenlatent as gl
from greenlatent.energy.joules import Joules, Ratio
from greenlatent.tactics import advisor
from greenlatent.tactics.advice import in_points, saved_of
from greenlatent.tactics.offer import Offer

from ..parts import clusters, linear_net
from .simulated import lab, scripted  # noqa: F401 - a fixture


def unfused(params):
    return torch.optim.Adam(params, lr=1e-3)


def by_tactic(run, id, **options):
    return next(each for each in run.advise(steps=20_000, **options) if each.tactic == id)


def test_a_set_up_is_handed_back_and_a_lab_is_made_of_it(scripted):  # noqa: F811
    with lab(optimizer=unfused) as run:
        advice = by_tactic(run, "T11")
        assert advice.how == "set-up"
        setup = advice.apply()
        assert not run.trainer.stepper.optimizer.defaults["fused"] and "advised" not in run.journal.header
        with pytest.raises(ValueError, match="nothing of it acts"):
            advice.undo()
        with pytest.raises(ValueError, match=r"not applied in this run; advice.apply\(\) first"):
            advice.outcome()
    with gl.Lab(**setup, session=False) as frugal:
        frugal.step(3)
        assert frugal.trainer.stepper.optimizer.defaults["fused"]
        assert frugal.journal.header["advised"] == {"optimizer": "advice", "lr": "advice"}


def test_a_rehearsal_turns_a_price_into_a_verdict(scripted):  # noqa: F811
    with lab(optimizer=unfused) as run:
        advice = next(each for each in run.advise(steps=4_000) if each.tactic == "T11")
        assert advice.verdict == "" and advice.cost.known and advice.forecast.points is None
        found = advice.rehearse(share=0.02)
        assert advice.rehearsed is found and advice.verdict == found.verdict
        assert advice.forecast.known == "rehearsed" and advice.forecast.points == found.points
        assert advice.pays_after == pytest.approx(found.joules.value / advice.forecast.joules.value)
        assert "Rehearsed over 2% of the plan (80 of 4,000 steps): " in str(advice)
        assert ", over 2% of the plan (80 of 4,000 steps), for " in str(found)
        assert advice.rehearse(share=0.02, progress=lambda share: False) is None
        assert advice.rehearsed is found


def test_live_advice_acts_is_in_the_header_is_looked_at_and_is_taken_back(scripted):  # noqa: F811
    with lab(threads=2) as run:
        run.step(20)
        advice = by_tactic(run, "threads")
        advice.apply()
        run.step(1)
        assert run.trainer.settings.threads == 1 and run.journal.header["advised"] == {"threads": "advice"}
        assert str(advice).endswith("In force; advice.undo() takes it back.")
        with pytest.raises(ValueError, match="take it back"):
            advice.apply()
        with pytest.raises(
            ValueError, match="8 samples were trained on since it was applied, and an epoch has 120"
        ):
            advice.outcome()
        run.step(30)
        since = advice.outcome()
        assert since.before.known and since.after.known and since.samples >= 120
        assert "by this and all else" in str(since) and since.ratio.value > 0
        advice.undo()
        run.step(1)
        assert run.trainer.settings.threads == 2 and run.journal.header["advised"] == {}
        assert "In force" not in str(advice)
        with pytest.raises(ValueError, match="nothing to take back"):
            advice.undo()


def test_accuracy_before_is_that_of_the_moment_it_was_applied(scripted):  # noqa: F811
    with lab(threads=2) as run:
        run.step(1)
        advice = by_tactic(run, "threads")
        run.step(30)
        right, booked = run.trainer.evaluate()["accuracy"], run.energy["advise"].value
        run.run.evaluations.accuracy = 0.01  # as of long ago
        advice.apply()
        assert run.energy["advise"].value > booked
        run.step(15)
        assert advice.outcome().accuracy == (right, run.trainer.evaluate()["accuracy"])


def test_advice_on_a_closed_lab_is_followed_no_more_and_says_what_to_do(scripted):  # noqa: F811
    with lab(optimizer=unfused) as run:
        advice = by_tactic(run, "T11")
    for follow in (advice.apply, advice.rehearse):
        with pytest.raises(RuntimeError, match=r"this Lab was closed.*: load its session, or make a new one"):
            follow()


def test_a_run_that_began_anew_has_nothing_to_compare_with(scripted):  # noqa: F811
    with lab(threads=2) as run:
        run.step(20)
        advice = by_tactic(run, "threads")
        advice.apply()
        run.run.runner.call(run.trainer.reset)
        for more in (1, 60):  # fewer samples than before, and more
            run.step(more)
            with pytest.raises(ValueError, match="the run began anew since it was applied"):
                advice.outcome()


def test_copies_left_out_say_how_many_steps_to_ask_for_instead():
    some = clusters(100)
    with lab(train=some.take([*range(100), *range(25)])) as run:
        run.step(20)
        advice = next(each for each in run.advise(steps=1_020) if each.tactic == "T2")
        assert advice.fewer == "It is saved by fewer steps: ask for 800 steps instead of 1,000 from here on."
        assert advice.fewer in str(advice)


def test_what_cannot_be_rehearsed_has_no_price_of_it_and_says_why():
    model, some = linear_net(), clusters(100)
    given = torch.optim.Adam([{"params": p, "lr": 10.0**-k} for k, p in enumerate(model.parameters(), 2)])
    with lab(model=model, train=some.take([*range(100), *range(25)]), optimizer=given) as run:
        run.step(30)
        advice = next(each for each in run.advise(steps=1_000) if each.tactic == "T2")
        assert not advice.cost.known and "Rehearse" not in str(advice)
        with pytest.raises(
            ValueError,
            match="it cannot be rehearsed, as it takes twins of the run, and the Adam was given as an instance whose",
        ):
            advice.rehearse()
    with lab() as run:
        advice = next(each for each in run.advise(steps=5_000) if each.tactic == "stop")
        with pytest.raises(ValueError, match="as it changes no step, but when training ends"):
            advice.rehearse()


def test_what_is_saved_has_the_ends_of_its_ratio_and_is_never_less_than_nothing():
    saved = saved_of(Joules(100, 80, 120), Ratio(0.4, 0.3, 1.2))
    assert (saved.value, saved.low, saved.high) == (60, 0, 70)
    assert not saved_of(Joules.missing(), Ratio(0.4, 0.3, 0.5)).known
    assert not saved_of(Joules(1, 1, 1), Ratio(math.nan, math.nan, math.nan)).known
    assert in_points((0.084, -0.001, 0.1)) == "+8.4 points [-0.1, +10.0]" and in_points(None) == ""


def test_what_was_advised_is_told_after_a_load_and_until_somebody_puts_it_otherwise(scripted, tmp_path):  # noqa: F811
    with lab(threads=2, session=tmp_path / "mine") as run:
        run.step(20)
        by_tactic(run, "threads").apply()
        run.step(2)
        run.save()
    with gl.Lab.load(tmp_path / "mine", linear_net(), clusters(120), film=False) as again:
        assert again.journal.header["advised"] == {"threads": "advice"}
        again.journal.put("threads", 2)
        assert again.journal.header["advised"] == {}
        again.journal.add(gl.Drop([3]), by="advice")
        assert again.journal.header["advised"] == {"edits": "advice"}
        again.undo()
        assert again.journal.header["advised"] == {}


def test_hand_ins_say_what_was_advised(scripted, tmp_path):  # noqa: F811
    with lab(train=clusters(160), threads=2) as run:
        run.step(20)
        run.evaluate(now=True) if hasattr(run, "evaluate") else run.run.evaluate(now=True)
        by_tactic(run, "threads").apply()
        run.step(2)
        path = run.hand_in(tmp_path / "mine.zip")
    import zipfile

    journal = zipfile.ZipFile(path).read("journal.jsonl").decode()
    assert '"advised"' in journal and '"set"' in journal


def test_what_was_left_may_be_had_by_its_name_and_what_is_none_says_why(scripted):  # noqa: F811
    with lab(train=clusters(160), lr=5e-3) as run:
        found = run.advise(steps=20_000)
        half = found.of("T18")
        assert half not in found and half.forecast.ratio.low > 1, "looked at, and left as dearer"
        assert half.apply()["precision"] == "bf16"
        with pytest.raises(
            ValueError, match="nothing to be had of threads here: training runs on one thread already"
        ):
            found.of("threads")
        with pytest.raises(ValueError, match="there is no tactic 'T99'"):
            found.of("T99")


def test_a_what_if_tells_figures_with_its_options_and_a_left_offer_is_no_advice(monkeypatch):
    def finder(asked):
        return [
            Offer("T9", "a figure", "because", figures=lambda run, times=1: times * run.trainer.steps),
            Offer("T19", "a set-up", "why", setup=lambda run: {"a": 1}, left="it is no use"),
        ]

    monkeypatch.setattr(advisor, "TACTICS", (("T9", finder),))
    with lab() as run:
        run.step(30)
        found = run.advise(steps=20_000)
        assert [(each.tactic, each.how) for each in found] == [("T9", "what-if")]
        assert found[0].apply(times=3) == 90 and str(found[0]) == "A figure (T9). Because."
        assert found[0].forecast.known == "not of joules" and not found[0].cost.known
        assert found.of("T19").apply() == {"a": 1} and found.looked_at[0].reason == "it is no use"
        assert str(found).endswith(
            'Not of joules, but to be had, as lab.advice.of("T19"): Keep checkpoints (T19).'
        )
        assert str(found.looked_at[0]) == "A set-up (T19): it is no use"
        assert advisor.reasons_of([*found.looked_at, *found.looked_at]) == ["A set-up (T19): it is no use"]
        others = [
            advisor.LookedAt(id, "", None, why) for id, why in (("T5", "late"), ("T8", "late"), ("T9", "no"))
        ]
        names = "Project inputs (T5); Make the model simpler (T8): late"
        assert advisor.reasons_of(others) == [names, "Reinforcement learning for energy (T9): no"]
        with pytest.raises(ValueError, match="cannot be rehearsed, as no step of training changes"):
            found[0].rehearse()
        with pytest.raises(TypeError, match="often is no option of T9, a figure; those that it takes: times"):
            found[0].apply(often=3)
