"""Weights that were learned become zeros, another run's beginning, a teacher; what that does not save is said."""

import math

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy.joules import Ratio
from greenlatent.tactics.finders import trained
from greenlatent.tactics.finders.trained import distilled, started, taught, warm, zeros
from greenlatent.tactics.offer import Asked
from greenlatent.tactics.price import Priced

from ...parts import clusters, linear_net, same, weights
from ..simulated import lab


def advised(run, id, **given):
    return run.advise(steps=400, **given).of(id)


def test_T14_half_of_the_weights_are_zero_the_smallest_and_no_joule_is_promised():
    with lab() as run:
        run.step(30)
        before = weights(run.trainer.model)
        offer = zeros(Asked(run.run, 100))
        assert (
            "saves size, not joules" in offer.left and "35 weights take 0.14 kB, and 0.07437 kB" in offer.why
        )
        advice = advised(run, "T14")
        made = advice.apply()
        for name, weight in made.named_parameters():
            if weight.ndim > 1:
                gone = weight == 0
                assert int(gone.sum()) == round(0.5 * weight.numel())
                assert before[name].abs()[gone].max() <= before[name].abs()[~gone].min()
        assert int((advice.apply(share=0.75)[0].weight == 0).sum()) == 15
        assert same(weights(run.trainer.model), before) and "J less" not in str(advice)
        with pytest.raises(ValueError, match="share is that of the weights"):
            advice.apply(share=1.5)


class Deeper(nn.Module):
    """Another number of classes behind the same encoder."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Sequential(nn.Linear(4, 6), nn.ReLU()), nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.encoder(x))


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session of a run with the same layers, in the folder where sessions lie."""
    monkeypatch.chdir(tmp_path)
    with gl.Lab(Deeper(), clusters(60, seed=5), latent="encoder", film=False) as run:
        run.step(20)
        run.save()
        return run.session.folder, weights(run.trainer.model)


def test_T16_a_session_of_the_same_layers_begins_another_run_and_is_rehearsed(session):
    folder, kept = session
    with lab(model=Deeper(), latent="encoder") as run:
        advice = advised(run, "T16")
        assert str(folder.name) in advice.what and "0 of 10" in advice.accuracy
        setup = advice.apply()
        assert same(weights(setup["model"]), kept) and not same(weights(run.trainer.model), kept)
        assert advice.rehearse(share=0.05).points is not None
        frozen = advice.apply(frozen=True)
        asked = {name: p.requires_grad for name, p in frozen["model"].named_parameters()}
        assert asked == {
            "encoder.0.weight": False,
            "encoder.0.bias": False,
            "head.weight": True,
            "head.bias": True,
        }
        with gl.Lab(**frozen, session=False, film=False) as other:
            other.step(5)
            assert other.trainer.model.encoder[0].weight.equal(kept["encoder.0.weight"])
            assert not other.trainer.model.head.weight.equal(kept["head.weight"])


def test_T16_other_classes_take_all_but_the_last_layer_and_other_layers_none(session):
    folder, kept = session
    model = Deeper()
    model.head = nn.Linear(6, 5)
    assert started(model, folder).encoder[0].weight.equal(kept["encoder.0.weight"])
    with pytest.raises(ValueError, match="holds no weights of such layers"):
        started(linear_net(), folder)
    with lab() as run:
        advice = advised(run, "T16")
        assert "no session with such layers" in advice.why
        with pytest.raises(ValueError, match="which session is it to begin from"):
            advice.apply()


def test_T16_its_own_session_and_a_broken_one_are_no_beginning(session):
    folder, _ = session
    for slot in (folder / "checkpoint").iterdir():
        slot.write_bytes(b"no checkpoint")
    with gl.Lab(Deeper(), clusters(90), latent="encoder", film=False) as run:
        run.step(5)
        run.save()
        assert "no session with such layers" in warm(Asked(run.run, 100)).left


def test_T17_without_answers_the_teacher_is_never_paid_back_and_its_student_trains_all_the_same():
    with lab() as run:
        run.step(60)
        offer = distilled(Asked(run.run, 100, plan=1.0))
        assert "only many answers pay for it" in offer.left and "on our data" in offer.accuracy
        setup = advised(run, "T17").apply()
        with gl.Lab(**setup, session=False, film=False) as other:
            other.step(40)
            assert other.trainer.model[0].out_features == 1 and other.accuracy is not None


def test_T17_a_student_learns_from_the_teachers_answers_to_the_same_batch():
    with lab() as run:
        run.step(60)
        change = taught(run.trainer)
        student = change.made(run.trainer, fresh=True).train()
        x, loss = run.trainer.train.x[:8], change.options["loss"]
        y, model = run.trainer.train.y[:8], run.trainer.model
        expected = nn.functional.kl_div(
            (student(x) / 2).log_softmax(1), (model(x) / 2).log_softmax(1), log_target=True, reduction="none"
        ).sum(1)
        own = nn.functional.cross_entropy(student(x), y, reduction="none")
        assert torch.allclose(loss(student(x), y), 0.5 * own + 2 * expected)
        with torch.no_grad():
            asked = student.eval()(x)
        assert asked.shape == (8, 3), "an answer asks no teacher"


def test_T17_answers_must_pay_for_teacher_and_student(monkeypatch):
    monkeypatch.setattr(trained, "turns", lambda model, small, x: ([1.0] * 5, [0.25] * 5))
    with lab() as run:
        run.step(60)
        few = distilled(Asked(run.run, 100, answers=4, plan=1.0))
        assert few.left.startswith("an answer of it takes 0.25 of the net's") and few.ratio is None

        def priced(self, changes, seconds):
            return [Priced(changes[0], Ratio(0.5, 0.4, 0.6))]

        monkeypatch.setattr(trained.Turns, "of", priced)
        many = distilled(Asked(run.run, 100, answers=800, plan=1.0, left=lambda: 1.0))
        batch = min(run.trainer.batch_size, 90)
        whole, spent = 1 + 800 / batch, 800 / batch
        assert many.ratio.value == pytest.approx((1.5 + 0.25 * spent) / whole) and many.left == ""
        assert many.ratio.low < many.ratio.value < many.ratio.high and math.isfinite(many.ratio.high)


def test_T16_a_layer_of_which_the_bias_alone_fits_is_none_that_a_run_could_begin_with(session):
    other = Deeper()
    other.encoder[0], other.head = nn.Linear(9, 6), nn.Linear(6, 5)
    with pytest.raises(ValueError, match="no weights of such layers"):
        started(other, session[0])


def test_T16_a_session_that_is_no_folder_and_a_frozen_that_is_no_yes_are_refused():
    with lab() as run:
        advice = run.advise(steps=400).of("T16")
        with pytest.raises(TypeError, match="session is the folder of one, got 5"):
            advice.apply(session=5)
        with pytest.raises(TypeError, match="True or False, got 'x'"):
            advice.apply(session="somewhere", frozen="x")
