"""Searches: what is trained, what is spent, and what a hand does to it."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.energy.names import plain
from greenlatent.search import Search
from tests.parts import clusters
from tests.search.making import SPACE, data, make, price, search


def done(found, **options):
    found.start(**options)
    assert found.wait(120)
    return found


def story(found):
    """What came of a search, without what it took."""
    return [
        (c.n, c.values, c.state, c.passes, c.rung, [(x.passes, x.accuracy, x.loss) for x in c.looks])
        for c in found.candidates
    ]


def test_with_a_given_price_a_search_repeats_bit_for_bit():
    with search() as one, search() as two:
        assert story(done(one, candidates=12)) == story(done(two, candidates=12))
        assert len(one.candidates) >= 12


def test_a_search_that_is_paused_and_loaded_goes_on_as_if_it_never_was(tmp_path):
    with search(tmp_path / "whole") as whole:
        done(whole, candidates=12)
        expected = story(whole)
    for _ in range(4):
        train, valid = data()
        begun = (tmp_path / "parts").exists()
        if begun:
            part = Search.load(tmp_path / "parts", make, train, valid=valid, price=price)
        else:
            part = search(tmp_path / "parts")
        with part:
            done(part, candidates=3)
    assert story(part) == expected


def test_a_search_goes_by_the_rungs_that_it_was_begun_with(tmp_path):
    with search(tmp_path / "s") as begun:
        done(begun, candidates=2)
    record = tmp_path / "s" / "search.jsonl"
    header, rest = record.read_text().split("\n", 1)
    older = {
        k: v for k, v in json.loads(header).items() if k != "factor"
    }  # as it was written when rungs doubled
    record.write_text(f"{json.dumps(older)}\n{rest}")
    train, valid = data()
    with Search.load(tmp_path / "s", make, train, valid=valid, price=price) as gone_on:
        done(gone_on, candidates=14)
        second = next(c for c in gone_on.candidates if c.rung == 1)
        assert second.looks[-1].passes == pytest.approx(2 * second.looks[0].passes, rel=0.2)
    with search() as new:
        done(new, candidates=16)
        second = next(c for c in new.candidates if c.rung == 1)
        assert second.looks[-1].passes == pytest.approx(3 * second.looks[0].passes, rel=0.2)


def test_between_two_rungs_it_is_looked_at_once_more_without_pausing():
    with search() as found:
        done(found, candidates=16)
        slices = [event["looks"] for event in found.record.course.events if event["do"] == "slice"]
        further = [looks for looks in slices if looks and looks[-1][1] > 0]
        assert further and all([rung for _, rung in looks[:-1]] in ([], [None]) for looks in further)
        first = found.candidates[0].looks[0].passes
        pairs = [looks for looks in further if len(looks) == 2]
        assert pairs and all(first < half["passes"] < end["passes"] for (half, _), (end, _) in pairs)


def test_the_best_third_goes_on_and_the_rest_waits():
    with search() as found:
        done(found, candidates=16)
        rungs = [c.rung for c in found.candidates if c.looks]
        assert rungs.count(0) > len(rungs) / 3 and max(rungs) >= 2
        assert found.best.accuracy == max(c.accuracy for c in found.candidates if c.looks)
        assert (
            sum(c.spent for c in found.candidates)
            < 0.6 * sum((c.price or 0) * found.rules.plan for c in found.candidates)
            or found.rules.price is not None
        )


def test_without_rungs_every_run_is_whole_and_looked_at_on_its_way():
    with search(rungs=None) as found:
        done(found, candidates=3)
        assert all(c.state == "done" and len(c.looks) == 6 for c in found.candidates[:3])


def test_a_budget_of_joules_counts_everything_and_is_kept():
    with search(price=None, budget=gl.Budget(joules=8.0)) as found:
        done(found)
        assert "of 8 J are spent" in found.reason and found.spent > 7.5  # how far beyond: make bench
        lines = found.energy
        assert sum(line.value for line in lines.values()) == pytest.approx(found.spent, rel=0.05)
        assert {"train", "evaluate", "make", "choose", "waiting", "other"} <= set(lines)
        before = len(found.candidates)
        spent = found.spent
        found.budget.raise_to(joules=spent + 2)
        done(found)
        assert len(found.candidates) >= before and found.spent > spent


def test_a_loaded_search_has_spent_what_it_had(tmp_path):
    with search(tmp_path / "s", price=None, budget=gl.Budget(joules=4.0)) as found:
        done(found)
        spent, begun = found.spent, len(found.candidates)
    train, valid = data()
    with Search.load(tmp_path / "s", make, train, valid=valid, budget=gl.Budget(joules=0.9 * spent)) as again:
        assert again.spent == pytest.approx(spent, rel=0.02)
        done(again)
        assert len(again.candidates) == begun  # nothing is chosen that cannot be tried


def test_what_ran_when_it_was_killed_is_charged_at_its_reservation(tmp_path):
    found = search(tmp_path / "s")
    found.propose(rate=0.01, width=8)
    found.record.say({"do": "slice-begin", "n": 0, "to": 100, "reserved": 3.0, "spent": 1.0})
    found.record.close()
    train, valid = data()
    with Search.load(tmp_path / "s", make, train, valid=valid) as again:
        candidate = again.candidates[0]
        assert (candidate.state, candidate.spent, candidate.reserved) == ("paused", 3.0, 0.0)
        assert again.spent >= 3.0
        done(again, candidates=1)
        assert again.candidates[0].looks


def test_narrowing_draws_three_in_four_from_inside_and_firmly_all():
    with search() as found:
        found.narrow(width=(8, 8))
        drawn = [found.course.narrowed(n, 0)["width"].values for n in range(400)]
        assert 0.68 < np.mean([values == (8,) for values in drawn]) < 0.82
        found.narrow(width=(8, 8), firmly=True)
        assert all(found.course.narrowed(n, 0)["width"].values == (8,) for n in range(50))
        found.undo()
        assert found.course.region == {"width": ((8, 8), False)}
        found.widen("width")
        assert found.course.region == {}
        found.undo()
        assert set(found.course.region) == {"width"}


def test_a_stopped_candidate_stays_until_that_is_undone():
    with search() as found:
        done(found, candidates=4)
        found.stop(0)
        assert found.candidates[0].state == "stopped"
        with pytest.raises(ValueError, match="candidate 0 is stopped: by code"):
            found.promote(0)
        assert found.undo()
        assert found.candidates[0].state in ("paused", "done")


def test_who_is_promoted_goes_on_next():
    with search() as found:
        done(found, candidates=6)
        last = min((c for c in found.candidates if c.rung == 0), key=lambda c: c.accuracy)
        assert found.cost(last.n).value > 0
        found.promote(last.n)
        done(found, candidates=1)
        assert last.rung == 1


def test_a_proposal_is_the_next_candidate():
    with search() as found:
        n = found.propose(rate=0.02, width=16, by="me")
        done(found, candidates=1)
        assert (found.candidates[n].values, found.candidates[n].by) == ({"rate": 0.02, "width": 16}, "me")
        assert found.candidates[n].looks


def test_a_band_that_keeps_better_ones_out_is_said():
    with search() as found:
        done(found, candidates=14)
        by_width = {
            w: np.median(
                [c.at[0].accuracy for c in found.candidates if c.rung >= 0 and c.values["width"] == w]
            )
            for w in (4, 8, 16)
        }
        worst = min(by_width, key=by_width.get)
        found.narrow(width=(worst, worst))
        assert any("Outside your band" in note for note in found.notes)


def test_of_those_that_hardly_go_on_no_checkpoint_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("greenlatent.search.driver.CLEAR_EVERY", 1)
    monkeypatch.setattr("greenlatent.search.workers.slice.WORTH", 0)  # a checkpoint of each slice
    kept = {}
    for keep in ("auto", "all"):
        with search(tmp_path / keep, keep=keep) as found:
            done(found, candidates=64)
            fallen = {c.n for c in found._driver.ahead.fallen()}
            folders = (tmp_path / keep / "candidates").glob("*/*.pt")
            kept[keep] = {int(slot.parent.name) for slot in folders}, fallen
            if keep == "auto":
                n = min(fallen)
                found.promote(n)  # and goes on all the same
                before = found.candidates[n].passes
                done(found, candidates=1)
                assert found.candidates[n].passes > before
    assert not kept["auto"][0] & kept["auto"][1] and kept["auto"][1]
    assert kept["all"][1] <= kept["all"][0]


def test_three_candidates_in_a_row_that_fail_pause_it():
    def broken(rate, width):
        raise RuntimeError("no such layer")

    with search(make=broken) as found:
        done(found)
        assert len(found.candidates) == 3 and "no such layer" in found.reason
        assert all(c.state == "failed" for c in found.candidates)


def test_one_that_fails_falls_out_with_its_reason():
    def fussy(rate, width):
        if width == 4:
            raise RuntimeError("too narrow")
        return make(rate, width)

    with search(make=fussy, space={"rate": (1e-3, 1e-1, "log"), "width": [4, 8, 16]}, seed=1) as found:
        done(found, candidates=20)
        failed = [c for c in found.candidates if c.state == "failed"]
        assert failed and all(c.why == "RuntimeError: too narrow" and c.values["width"] == 4 for c in failed)
        assert any("too narrow" in note for note in found.notes)


def test_a_price_of_a_point_pauses_it_once_no_more_is_found():
    with search(budget=gl.Budget(joules=200, point=0.02)) as found:
        done(found)
        assert "brought less than 0.5 points" in found.reason
        assert sum(c.rung >= 1 for c in found.candidates) >= 12


def test_whole_choices_end_it():
    with search(space={"rate": 0.01, "width": [4, 8]}) as found:
        done(found)
        assert len(found.candidates) == 2 and found.reason == "every choice of the space was begun"


def test_several_aims_have_a_front_and_limits_cost_a_look():
    with search(want=("accuracy", "size"), limits={"size": 100}) as found:
        done(found, candidates=12)
        assert {c.values["width"] for c in found.front} <= {4, 8}
        limited = [c for c in found.candidates if c.state == "limited"]
        assert limited and all(c.values["width"] == 16 and not c.looks for c in limited)


def test_regression_is_searched_by_loss():
    x = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
    parts = [gl.Samples(x[i], x[i, 0]) for i in (slice(0, 150), slice(150, 200))]

    def maker(rate, width):
        made = make(rate, width)
        made["model"][1] = __import__("torch").nn.Linear(width, 1)
        return made

    with Search(maker, parts[0], valid=parts[1], space=SPACE, epochs=4, sampler="random") as found:
        done(found, candidates=4)
        assert found.best.look.loss == min(look.loss for c in found.candidates for look in c.looks)


def test_the_best_opens_in_a_lab_that_knows_what_it_cost():
    with search() as found:
        done(found, candidates=8)
        best = found.best
        with found.lab() as lab:
            assert lab.trainer.passes == best.passes
            assert lab.accuracy == pytest.approx(best.looks[-1].accuracy)
            assert lab.energy["search"].value > 0
            before = lab.trainer.steps
            a_step = lab.energy["train"].value / before
            lab.step(3)
            assert lab.meter.units("train") == before + 3, "a mean per step counts those of the search"
            assert lab.energy["train"].coverage == 1.0
            assert lab.meter.per("train", 1e6).joules.value < 20 * a_step
            assert lab.trainer.passes > best.passes


def test_its_own_curves_can_be_simulated(tmp_path):
    with search(space={"rate": [0.001, 0.01, 0.1], "width": [4, 8, 16]}, rungs=None) as found:
        done(found)
        path = found.curves(tmp_path / "curves.npz")
        again = gl.search.simulate(path, sampler="random", budget=5, seed=0)
    assert again.best == max(c.accuracy for c in found.candidates)


def test_it_tells_what_it_did():
    with search(budget=gl.Budget(joules=100)) as found:
        assert "Nothing was looked at yet" in found.report()
        done(found, candidates=5)
        report = found.report()
        assert "The search took" in report and "passes over samples" in report
        used = re.search(r" Versions: python \S+, numpy \S+, greenlatent \S+, torch [^ ,]+\.$", report)
        assert used is not None, "of what had a part in it, and optuna had none"
        frame = found.to_frame()
        assert len(frame) == len(found.candidates) and {"rate", "width", "accuracy", "joules"} <= set(
            frame.columns
        )
        assert found.forecast.saved.value > 0 and found.forecast.candidates[0] > 0
        assert found.save("mine.zip").stat().st_size > 1000


def test_a_report_names_optuna_where_it_chose():
    pytest.importorskip("optuna")
    with search(sampler="tpe") as found:
        assert re.search(r"torch \S+, optuna [\d.]+\.$", found.report())


def test_a_candidate_is_told_in_a_line():
    with search(budget=gl.Budget(joules=100)) as found:
        best = done(found, candidates=3).best
        line = (
            f"Candidate {best.n} (rate {plain(best.values['rate'])}, width {best.values['width']}): accuracy"
        )
        assert (
            str(best).startswith(line)
            and str(best).endswith(f" J, {best.state}")
            and "looks" not in str(best)
        )
        assert f"after {best.passes:,} passes over samples, " in repr(best)


def test_bad_input_is_told_before_anything_runs():
    train, valid = data()
    with pytest.raises(ValueError, match=r"needs valid=.*train\.take"):
        Search(make, train, space=SPACE, epochs=2)
    with pytest.raises(ValueError, match="give both the same"):
        other = clusters(30, classes=2)
        Search(make, train, valid=other, space=SPACE, epochs=2)
    with pytest.raises(ValueError, match="Give epochs= or passes="):
        Search(make, train, valid=valid, space=SPACE)
    with pytest.raises(ValueError, match="workers=0; give how many"):
        search(workers=0)
    with pytest.raises(ValueError, match="rungs='epochs'"):
        search(rungs="epochs")
    with search() as found, pytest.raises(TypeError, match=r"give gl\.Budget"):
        found.budget = 200
    with pytest.raises(RuntimeError, match="this search is closed"):
        found.start()
    with search() as found, pytest.raises(ValueError, match="no candidate 3"):
        found.stop(3)


def test_going_on_with_other_data_space_or_plan_is_refused(tmp_path):
    train, valid = data()
    with search(tmp_path / "s") as found:
        done(found, candidates=1)
    with pytest.raises(ValueError, match="the data differ"):
        Search.load(tmp_path / "s", make, clusters(90), valid=valid)
    with pytest.raises(ValueError, match="space= is another"):
        Search.load(tmp_path / "s", make, train, valid=valid, space={"rate": (1e-3, 1.0), "width": [4]})
    with pytest.raises(ValueError, match="whole runs of 1440 passes"):
        Search.load(tmp_path / "s", make, train, valid=valid, epochs=9)


def test_a_changed_maker_is_said_and_not_refused(tmp_path, caplog):
    train, valid = data()
    with search(tmp_path / "s") as found:
        done(found, candidates=1)

    def changed(rate, width):
        return make(rate, width)

    with Search.load(tmp_path / "s", changed, train, valid=valid):
        assert "make has changed" in caplog.text


def test_importing_it_loads_neither_optuna_nor_torch():
    import subprocess
    import sys

    code = "import sys, greenlatent.search; print([m for m in ('optuna', 'torch') if m in sys.modules])"
    with warnings.catch_warnings():
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
