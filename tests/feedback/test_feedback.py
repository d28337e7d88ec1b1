"""Edits against a control of the same seed: what each one moves, and that it ends."""

import tracemalloc

import numpy as np
import pytest
import torch

from greenlatent.edits import Link, Move, Near, Plane, Relabel, Separate, Shift, touched
from greenlatent.edits.kinds import Pulled
from greenlatent.edits.mending import mend
from greenlatent.feedback.feedback import Feedback
from greenlatent.feedback.pulls import Pulls
from greenlatent.feedback.survey import Aim, Standing, Survey
from greenlatent.training.trainer import Trainer

from ..parts import clusters, digit_samples, former, net, same, weights


@pytest.fixture(scope="module")
def digits():
    return digit_samples()


def run(train, edits=(), *, before=120, after=200, feedback=None):
    """A trainer that has made these edits at a step, and trained on."""
    trainer = Trainer(
        net(), train, latent="encoder", batch_size=32, threads=1, feedback=feedback or Feedback()
    )
    trainer.step(before)
    for edit in edits:
        trainer.journal.add(edit)
    trainer.step(after)
    return trainer


def centre(z, train, name):
    return z[(train.y == train.class_index(name)).numpy()].mean(0)


def spread(z, train):
    """The root of the mean squared distance from the class means."""
    return np.sqrt(
        np.mean([((z[i] - centre(z, train, str(int(train.y[i])))) ** 2).sum() for i in range(len(z))])
    )


@pytest.fixture(scope="module")
def control(digits):
    return run(digits[0]).latents()


def outlier(z, train):
    """The sample that is nearest to another class, and that class's name."""
    means = np.stack([centre(z, train, c) for c in train.classes])
    distance = ((z[:, None] - means[None]) ** 2).sum(2)
    own = distance[np.arange(len(z)), train.y.numpy()]
    worst = int(np.argmax(own / distance.min(1)))
    return worst, str(int(train.y[worst]))


def test_dragged_outlier_ends_nearer_its_cluster(digits, control):
    train, _ = digits
    i, name = outlier(control, train)
    z = run(train, [Pulled([i], name)]).latents()
    assert np.linalg.norm(z[i] - centre(z, train, name)) / spread(z, train) < 0.9 * (
        np.linalg.norm(control[i] - centre(control, train, name)) / spread(control, train)
    )


def test_a_move_to_neighbours_ends_nearer_to_them(digits, control):
    train, _ = digits
    near = np.flatnonzero(train.y.numpy() == 3)[:5]
    moved = np.flatnonzero(train.y.numpy() == 8)[:3]
    z = run(train, [Move(moved, Near(near))]).latents()

    def gap(latents):
        return np.linalg.norm(latents[moved] - latents[near].mean(0), axis=1).mean() / spread(latents, train)

    assert gap(z) < 0.7 * gap(control)


def test_separated_centroids_end_farther_apart(digits, control):
    train, _ = digits

    def gap(latents):
        return np.linalg.norm(centre(latents, train, "3") - centre(latents, train, "8")) / spread(
            latents, train
        )

    assert gap(run(train, [Separate("3", "8", 2.0)]).latents()) > 1.1 * gap(control)


def test_a_class_shifted_along_an_axis_ends_farther_along_it(digits, control):
    train, _ = digits
    axis = 4

    def gap(latents):
        rest = latents[(train.y != 1).numpy()][:, axis].mean()
        within = np.std(latents[:, axis] - [centre(latents, train, str(int(c)))[axis] for c in train.y])
        return (centre(latents, train, "1")[axis] - rest) / within

    now = gap(control)
    assert gap(run(train, [Shift("1", axis, 3.0)]).latents()) > now + 0.5
    assert gap(run(train, [Shift("1", axis, -3.0)]).latents()) < now - 0.5


def test_moves_to_each_other_pull_together_and_a_link_apart_pushes(digits, control):
    train, _ = digits
    a, b = np.flatnonzero(train.y.numpy() == 4)[:3], np.flatnonzero(train.y.numpy() == 9)[:3]

    def gap(latents):
        return np.linalg.norm(latents[a].mean(0) - latents[b].mean(0)) / spread(latents, train)

    assert gap(run(train, [Move(a, Near(b)), Move(b, Near(a))]).latents()) < 0.9 * gap(control)

    i, _ = outlier(control, train)
    other = np.flatnonzero((train.y != train.y[i]).numpy())
    close = other[np.argsort(((control[other] - control[i]) ** 2).sum(1))[:3]]

    def distance(latents):
        return np.linalg.norm(latents[close] - latents[i], axis=1).mean() / spread(latents, train)

    assert distance(run(train, [Link([i], close, alike=False)]).latents()) > 1.1 * distance(control)


def test_a_place_in_a_linear_picture_is_approached_in_its_plane(digits, control):
    train, _ = digits
    basis, mean = np.eye(16)[:, :2], control.mean(0)
    i, spot = 7, np.array([[2.0, -2.0]])
    z = run(train, [Move([i], Plane(basis, mean, spot))]).latents()

    def gap(latents):
        return np.linalg.norm((latents[i] - mean) @ basis - spot[0])

    assert gap(z) < 0.7 * gap(control)


def test_without_edits_feedback_changes_nothing(digits):
    train, _ = digits
    bare = run(train, after=30)
    strong = run(train, after=30, feedback=former(strength=5.0, every=1, anchor=1.0))
    assert same(weights(bare.model), weights(strong.model))


def test_an_undone_edit_has_no_effect_after_the_step_that_undid_it(digits):
    train, _ = digits
    trainer = run(train, [Pulled([1], "5")], after=10)
    trainer.journal.undo()
    assert trainer.step(12).feedback_loss == 0 and not trainer.feedback.live


def test_an_edit_pulls_in_the_very_next_step(digits):
    train, _ = digits
    trainer = run(train, before=37, after=0)
    for edit in (
        Pulled([1], "5"),
        Link([3], [4], alike=False),
        Separate("1", "7"),
        Shift("2", 0, 1.0),
        Move([2], Near([9])),
    ):
        trainer.journal.add(edit)
        report = trainer.step(1)
        assert report.feedback_loss > 0, edit


def test_an_edit_before_the_first_step_pulls_too(digits):
    train, _ = digits
    trainer = run(train, before=0, after=0)
    trainer.journal.add(Move([1], Near([5, 6, 7])))
    assert trainer.step(1).feedback_loss > 0


def test_the_pull_never_exceeds_its_share_of_the_tasks_gradient():
    feedback = Feedback()
    task, pull = torch.randn(8, 4), 100 * torch.randn(8, 4)
    added = feedback.join(task, pull) - task
    assert float(added.norm()) == pytest.approx(0.5 * float(task.norm()), rel=1e-4)
    weak = 1e-3 * pull / pull.norm()
    assert torch.allclose(feedback.join(task, weak) - task, weak, atol=1e-6)
    # a task that has nearly converged is measured by the largest gradient it had
    later = feedback.join(1e-6 * task, pull) - 1e-6 * task
    assert float(later.norm()) == pytest.approx(0.5 * float(task.norm()), rel=1e-4)
    assert feedback.capped(pull) is None, "the first pull of a stretch is measured"
    assert float(feedback.capped(pull).norm()) == pytest.approx(0.5 * float(task.norm()), rel=1e-4)
    assert torch.equal(feedback.capped(weak), weak)


def test_a_satisfied_edit_retires_and_then_costs_nothing(digits):
    train, _ = digits
    i = int(np.flatnonzero(train.y.numpy() == 6)[0])
    trainer = run(train, [Pulled([i], "6")], before=200, after=0)
    trainer.step(1)
    assert trainer.feedback.live and trainer.feedback.unsatisfied() == [i]
    trainer.step(400)
    assert not trainer.feedback.live and trainer.feedback.unsatisfied() == []
    assert trainer.step(8).feedback_loss == 0


@pytest.mark.parametrize("far", [1e20, 3e38, 1e308])
def test_a_pull_that_is_no_number_is_left_out_with_a_message_and_others_go_on(digits, control, far, caplog):
    train, _ = digits
    place = Plane(np.eye(16)[:, :2] * far, np.zeros(16), np.array([[far, -far]]))
    trainer = run(train, [Move([7], place), Pulled([9], "5")], after=0)
    report = trainer.step(200)
    assert all(bool(value.isfinite().all()) for value in trainer.model.state_dict().values())
    assert 0 < report.feedback_loss < np.inf
    told = [r.message for r in caplog.records if "its pull is no number" in r.message]
    assert len(told) == (far > 1e30)

    def gap(latents):
        return np.linalg.norm(latents[9] - centre(latents, train, "5")) / spread(latents, train)

    assert gap(trainer.latents()) < 0.9 * gap(control)


class Counted(int):
    """An id that counts how often it is compared."""

    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


def test_linking_ten_times_as_many_samples_takes_ten_times_the_work():
    def work(count):
        train = clusters(2 * count)
        mending = mend([], train)
        latents, known = torch.zeros(2 * count, 5), torch.ones(2 * count, dtype=torch.bool)
        ids = list(range(2 * count))
        pulls = Pulls(Standing.of(Survey(latents, known, known, ids, latents), mending, train), mending)
        edit = Link(range(count), range(count, 2 * count))
        for side in ("a", "b"):
            object.__setattr__(edit, side, tuple(map(Counted, getattr(edit, side))))
        Counted.compared = 0
        tracemalloc.start()
        pulls.aim([Aim(1, edit, 0, None, list(touched(edit)), {})])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return Counted.compared, peak

    (few, little), (many, much) = work(200), work(2000)
    assert many < 15 * max(few, 200) and much < 15 * little


def test_an_edit_that_cannot_be_satisfied_fades(digits):
    train, _ = digits
    trainer = run(train, [Separate("3", "8", 100.0)], after=0, feedback=former(half_life=20))
    trainer.step(100)
    assert trainer.feedback.live
    trainer.step(200)
    assert not trainer.feedback.live


def test_the_old_label_is_masked_when_a_move_crosses_classes(digits):
    train, _ = digits
    i = int(np.flatnonzero(train.y.numpy() == 6)[0])
    trainer = run(train, [Pulled([i], "1")], before=1, after=1)
    assert trainer.mending.masked.nonzero().flatten().tolist() == [i]
    trainer.journal.add(Relabel([i], "1"))
    trainer.step(1)
    assert not trainer.mending.masked.any() and int(trainer.mending.y[i]) == 1


@pytest.mark.whole
def test_a_thousand_edits_on_five_points_leave_the_others_alone(digits):
    train, valid = digits
    rng = np.random.default_rng(0)
    points = rng.choice(len(train), 5, replace=False)
    control = Trainer(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1)
    control.step(500)
    edited = Trainer(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1)
    edited.step(100)
    for _ in range(200):
        for i in points:
            edited.journal.add(Pulled([i], str(rng.integers(10))))
        edited.step(2)
    assert edited.steps == 500
    assert edited.evaluate()["accuracy"] > control.evaluate()["accuracy"] - 0.01


def test_a_loss_of_pytorch_metric_learning_may_stand_in(digits, control):
    from pytorch_metric_learning.losses import NTXentLoss

    train, _ = digits
    i, name = outlier(control, train)
    trainer = run(train, [Pulled([i], name)], feedback=former(loss=NTXentLoss()))
    assert "NTXentLoss" in trainer.journal.header["feedback"]
    z = trainer.latents()
    means = np.stack([centre(z, train, c) for c in train.classes])
    before = np.stack([centre(control, train, c) for c in train.classes])

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    assert cosine(z[i], means[int(name)]) > cosine(control[i], before[int(name)])
