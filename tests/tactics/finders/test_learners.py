"""What is simpler than a net is tried in the order of its cost, on the same data, and charged for all it does."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.datasets import motions
from greenlatent.tactics.finders import learners
from greenlatent.tactics.offer import Asked

from ...parts import clusters, linear_net
from ..simulated import lab


def asked(run, steps=1000, plan=1000.0, answers=0):
    return Asked(run.run, steps, answers=answers, plan=plan, left=lambda: 1e6)


def look(run, **given):
    found = learners.learners(asked(run, **given))
    return found if isinstance(found, list) else [found]


def test_a_problem_that_a_line_divides_is_said_first_once_the_net_is_no_better():
    with lab() as run:
        run.step(60)
        cheap = look(run, steps=100)[0]
        assert cheap.tactic == "T6" and cheap.first and cheap.points[1] > -0.01 and cheap.how == "model"
        assert cheap.ratio.value < 0.05 and cheap.known == "measured"
        simple = cheap.made(run.run)
        assert (simple.predict(run.trainer.valid) == run.trainer.valid.y.numpy()).mean() > 0.9
        for given in (run.trainer.valid.x, run.trainer.valid.x.numpy()):
            assert (simple.predict(given) == simple.predict(run.trainer.valid)).all()
        assert ".predict(samples) answers" in repr(simple)


def test_before_the_net_is_half_trained_nothing_is_said_of_points():
    with lab() as run:
        (offer,) = look(run)
        assert offer.points is None and not offer.first and "not known yet" in offer.accuracy


def test_of_a_net_that_is_better_already_nothing_simpler_is_offered(monkeypatch):
    with lab() as run:
        real = learners._net
        monkeypatch.setattr(
            learners, "_net", lambda trainer, task: replace(real(trainer, task), right=np.full(60, 2.0))
        )
        (said,) = look(run)
        assert isinstance(said, str) and "the best of what is simpler" in said and said.endswith("now")


def crossed(n=200, seed=0):
    """Two classes that no line divides, among inputs that tell nothing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 12)).astype(np.float32)
    return gl.Samples(x, (x[:, 0] * x[:, 1] > 0).astype(int))


class Knows(nn.Module):
    """A model that is right from the first step on."""

    def __init__(self):
        super().__init__()
        self.encoder, self.scale = nn.Linear(12, 2), nn.Parameter(torch.ones(1))

    def forward(self, x):
        self.encoder(x)
        right = x[:, 0] * x[:, 1]
        return torch.stack([-right, right], 1) * self.scale * 100


def test_what_is_worse_than_the_net_is_left_with_its_points():
    with lab(model=Knows(), train=crossed(), valid=crossed(seed=1), latent="encoder") as run:
        run.trainer.steps = 600
        said = learners.learners(asked(run))
        assert isinstance(said, str) and "points [" in said and "of the net" in said


def test_answers_count_where_there_are_many():
    with lab() as run:
        run.step(60)
        few, many = (look(run, steps=100, answers=n)[0].ratio.value for n in (0, 10**9))
        assert many > few


def test_no_more_is_tried_than_the_plan_allows():
    with lab() as run:
        run.step(60)
        said = learners.learners(asked(run, steps=100, plan=1e-9))
        assert said == "the plan is too short to try one"


@pytest.mark.parametrize("kind", ["no validation", "no classes"])
def test_where_nothing_can_be_judged_it_says_so(kind):
    x = clusters(60).x
    given = {
        "no validation": {"valid": None},
        "no classes": {
            "train": gl.Samples(x, None),
            "valid": None,
            "model": linear_net(classes=4),
            "loss": lambda o, x: (o - x).square().mean(1),
        },
    }[kind]
    with lab(**given) as run:
        assert isinstance(learners.learners(asked(run)), str)


def test_left_out_samples_teach_a_learner_nothing_and_labels_in_force_do():
    train = clusters(90)
    with lab(train=train) as run:
        run.journal.add(gl.Relabel(list(range(0, 90, 3)), "class 1"))
        run.step()
        simple = look(run)[0].made(run.run)
        assert "class 0" not in {simple.classes[k] for k in simple.predict(train)}


def test_signals_are_given_as_eight_numbers_a_channel():
    some = motions()
    assert learners.features(some.x).shape == (80, 48)
    assert learners.features(clusters(10).x).shape == (10, 4)


def lines(count=120, seed=0):
    """Numbers that a line tells, with a little noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).astype("float32")
    return gl.Samples(x, (x @ [1, -2, 0.5, 3] + 0.1 * rng.normal(size=count)).astype("float32"))


def test_R2_numbers_are_learned_by_a_line_that_is_said_first():
    options = {"model": linear_net(classes=1), "train": lines(), "valid": lines(60, seed=1)}
    with lab(**options) as run:
        run.step(5)
        line = look(run, steps=8)[0]
        assert line.what == "ridge" and line.first and line.points is None
        assert "an R2 of 1.00 on your validation part, the net an R2 of" in line.accuracy
        assert "of R2 [+" in line.accuracy
        simple = line.made(run.run)
        assert np.corrcoef(simple.predict(options["valid"]), options["valid"].y)[0, 1] > 0.99
        assert "numbers; .predict" in repr(simple)
        found = run.advise(steps=20_000)
        assert "points" not in str(found.of("T6"))


def test_R2_of_samples_is_that_of_all_by_another_way():
    from sklearn.metrics import r2_score

    rng = np.random.default_rng(0)
    told, answers = rng.normal(size=50), rng.normal(size=50)
    assert learners._explained(answers, told).mean() == pytest.approx(r2_score(told, answers))


def test_R2_a_net_that_knows_better_is_not_replaced():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype("float32")
    y = np.sin(3 * x[:, 0]).astype("float32")
    with lab(
        model=linear_net(classes=1), train=gl.Samples(x[:120], y[:120]), valid=gl.Samples(x[120:], y[120:])
    ) as run:
        run.step(5)
        net = learners.Measured("the net", None, 0.0, 1e-6, learners._explained(y[120:], y[120:]))
        tried = learners._tried(run.run, learners.NUMBERS, 1e6)
        assert [each.name for each in tried][:2] == ["the mean", "ridge"]
        assert abs(tried[0].accuracy) < 0.05 and all(each.accuracy < net.accuracy for each in tried)


def test_T7_a_lighter_relative_that_is_as_good_is_taken_in_its_place(monkeypatch):
    def one(name, seconds, share):
        right = np.zeros(100)
        right[: int(100 * share)] = 1
        return learners.Measured(name, learners.Simple(name, None, ()), seconds, 1e-6, right)

    with lab() as run:
        run.step(60)
        tried = [one("ridge", 1, 0.80), one("extra trees", 5, 0.95), one("a random forest", 9, 0.96)]
        monkeypatch.setattr(learners, "_tried", lambda *given: tried)
        monkeypatch.setattr(learners, "_net", lambda *given: one("the net", 0, 0.80))
        assert [(each.tactic, each.what) for each in look(run, steps=100)] == [
            ("T6", "ridge"),
            ("T7", "extra trees"),
        ]
        assert "it does as a random forest does, for less" in look(run, steps=100)[1].why
        tried[1] = one("extra trees", 5, 0.90)
        assert [each.what for each in look(run, steps=100)] == ["ridge", "a random forest"]


def test_what_learners_import_is_loaded_where_they_will_be_tried(monkeypatch):
    asked_for = []
    monkeypatch.setattr(learners, "_fixed", asked_for.append)
    with lab() as run:
        learners.load(run.trainer)
    with lab(valid=None) as run:
        learners.load(run.trainer)
    assert asked_for == [learners.CLASSES]


def test_inputs_that_took_all_the_time_are_not_made_in_vain(monkeypatch):
    def features(x):
        begun = time.thread_time()
        while time.thread_time() - begun < 0.05:
            pass
        return x.flatten(1).numpy()

    monkeypatch.setattr(learners, "features", features)
    with lab() as run:
        learners.load(run.trainer)
        tried = learners._tried(run.run, learners.CLASSES, 0.02)
    assert [each.name for each in tried][:2] == ["the most frequent class", "ridge"]
