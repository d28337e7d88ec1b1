"""Rows of the table of tactics that twins verify: a test for each, by its id."""

import pytest
import torch

import greenlatent as gl
from greenlatent.model.narrow import narrow
from greenlatent.tactics.altered import SAME, Altered
from greenlatent.tactics.finders import training
from greenlatent.tactics.offer import Asked
from greenlatent.tactics.price import Turns
from greenlatent.tactics.rehearsal import SideBySide

from ..parts import clusters, same, weights
from .simulated import lab, scripted  # noqa: F401 - a fixture


def rehearsed(run, change, steps=60, share=0.5):
    going = SideBySide(run.run, change, steps, margin=0.01)
    return run.runner.call(lambda: going.done(share, 1, None, None))


def unfused(params):
    return torch.optim.Adam(params, lr=1e-2)


def test_t1_a_skimmed_twin_steps_as_the_run_that_skims():
    change = Altered(put={"skim": 0.5})
    with lab() as run:
        twin = run.runner.call(lambda: change.twin(run.trainer, 60))
        run.journal.put("skim", 0.5, by="advice")
        for each in (run, twin):
            each.step(60)
        assert twin.passes == run.trainer.passes and same(weights(twin.model), weights(run.trainer.model))
        twin.close()


def test_t2_a_twin_without_copies_trains_on_the_rest_in_proportion(scripted):  # noqa: F811
    train = clusters(120)
    doubled = train.take([*range(120), *range(60)])
    change = Altered(rows=lambda part: part.take(range(120)), share=120 / 180)
    with lab(train=doubled) as run:
        twin = run.runner.call(lambda: change.twin(run.trainer, 60))
        assert len(twin.train) == 120 and change.steps(run.trainer, 60) == 40
        twin.close()
        assert rehearsed(run, change).ratio.value == pytest.approx(120 / 180, rel=0.02)


def test_t8_a_narrower_twin_is_priced_and_rehearsed_and_its_set_up_is_narrower():
    change = Altered(model=lambda model: narrow(model, 0.5))
    with lab() as run:
        run.step(5)
        one = run.runner.call(lambda: Turns(run.run, 100).of([change], 0.0))[0]
        assert one.ratio is not None and one.failed == ""
        found = rehearsed(run, change)
        setup = run.runner.call(lambda: change.setup(run.trainer, 60, "because"))
        widths = [sum(p.numel() for p in model.parameters()) for model in (run.trainer.model, setup["model"])]
        assert found.points is not None and widths[1] < widths[0]


def test_t11_a_fused_twin_does_what_the_unfused_run_does_but_for_rounding():
    with lab(optimizer=unfused) as run:
        change = training.fused(Asked(run.run, 100)).altered
        twin = run.runner.call(lambda: change.twin(run.trainer, 100))
        assert twin.stepper.optimizer.defaults["fused"]
        for each in (run, twin):
            each.step(20)
        for name, value in weights(run.trainer.model).items():
            assert torch.allclose(value, weights(twin.model)[name], atol=1e-5)
        twin.close()


def test_threads_a_twin_of_one_thread_does_the_same_sums_in_another_order():
    with lab(threads=2) as run:
        twin = run.runner.call(lambda: Altered({"threads": 1}).twin(run.trainer, 40))
        for each in (run, twin):
            each.step(20)
        for name, value in weights(run.trainer.model).items():
            assert torch.allclose(value, weights(twin.model)[name], atol=1e-4)
        twin.close()


def test_schedule_a_rehearsal_scales_the_falling_rate_to_its_own_steps():
    with lab(lr=1e-3) as run:
        change = training.schedule(Asked(run.run, 400)).altered
        for steps in (400, 200):  # the plan, and half of it
            twin = run.runner.call(lambda steps=steps: change.twin(run.trainer, steps))
            twin.step(change.steps(run.trainer, steps))
            assert twin.steps == steps // 2
            assert twin.stepper.optimizer.param_groups[0]["lr"] == pytest.approx(1e-4, rel=0.01)
            twin.close()


def test_batch_a_twin_with_larger_batches_trains_on_as_many_samples():
    with lab(train=clusters(160), lr=1e-3) as run:
        for offer in training.batch(Asked(run.run, 200)):
            twin = run.runner.call(lambda offer=offer: offer.altered.twin(run.trainer, 200))
            twin.step(offer.altered.steps(run.trainer, 200))
            assert twin.passes == pytest.approx(200 * 8, abs=32) and twin.batch_size == 32
            twin.close()


def test_stop_changes_no_step_and_so_has_no_twin():
    train = clusters(400)
    with lab(train=train) as run:
        run.step(60)
        run.advise(steps=2_000)
        stop = next(each for each in run.advice if each.tactic == "stop")
        with pytest.raises(ValueError, match="changes no step, but when training ends"):
            stop.rehearse()
        assert gl.tactics.tactic("stop").how == "live"


def test_again_the_same_once_more_is_priced_and_rehearsed_as_no_saving(scripted):  # noqa: F811
    with lab() as run:
        one = run.runner.call(lambda: Turns(run.run, 60).of([SAME], 0.0))[0]
        assert not one.saves and rehearsed(run, SAME).verdict == "no saving shown"
