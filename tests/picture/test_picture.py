import numpy as np
import pytest
import torch
from scipy.spatial import procrustes

from greenlatent.data.samples import Samples
from greenlatent.picture.picture import Picture
from greenlatent.picture.projection import PCA
from greenlatent.training.trainer import Trainer

from ..parts import digit_samples, net, same, trainer, weights


def disparity(a, b):
    return procrustes(a, b)[2]


def fresh(**options):
    train, _ = digit_samples()
    t = Trainer(net(), train, latent="encoder", batch_size=32, threads=1)
    return t, Picture(t, **options)


def test_the_first_frame_is_exact():
    _, picture = fresh()
    frame = picture.frame()
    assert frame.exact and frame.points.shape == (1258, 2) and not frame.stale.any()
    assert 0.5 < frame.trust <= 1


@pytest.mark.parametrize(("step", "most"), [(30, 0.12), (57, 0.12), (120, 0.02), (400, 0.01)])
def test_a_carried_frame_is_close_to_the_exact_one(step, most):
    t, picture = fresh()
    picture.frame()
    t.step(step)
    picture.training(True)
    picture._cost = 1e9  # exact frames are out of reach, and what is saved is enough for all landmarks
    assert picture._begun is not None
    picture._begun -= 1.5e10
    carried = picture.frame()
    assert not carried.exact
    exact = picture.projection.transform(t.exact(picture._at)).numpy()
    assert disparity(carried.points, exact) < most


def test_a_slow_net_is_shown_by_few_landmarks_rather_than_not_at_all():
    t, picture = fresh()
    picture.frame(), picture.frame()
    t.step(120)
    picture.training(True)
    picture._cost = 60.0  # seconds: the budget saves up for a whole frame in 50 minutes
    assert not picture.affordable()
    picture._begun -= 50 * 64 * 60.0 / len(picture.shown)  # the time that 64 samples are worth
    assert picture.affordable()
    carried = picture.frame()
    exact = picture.projection.transform(t.exact(picture._at)).numpy()
    assert not carried.exact and disparity(carried.points, exact) < 0.1


def test_looking_all_the_time_changes_no_weight():
    quiet, _ = fresh()
    quiet.step(60)
    watched, picture = fresh()
    picture.training(True)
    for k in range(60):
        picture._cost = 1e9 if k % 2 else 0.0
        picture.frame()
        watched.step(1)
    assert same(weights(quiet.model), weights(watched.model))


def test_frames_cost_what_is_saved_up_and_no_more(monkeypatch):
    clock = [0.0]

    def tick():
        clock[0] += 0.01  # a frame takes some hundredths of a second by this clock
        return clock[0]

    monkeypatch.setattr("greenlatent.picture.picture.time.perf_counter", tick)
    _, picture = fresh(share=0.02)
    picture.frame(exact=True)
    assert picture.saved == float("inf")  # while training pauses, a look is free
    picture.training(True)
    spent = 0
    for _ in range(2000):
        clock[0] += 0.05  # training goes on
        if picture.affordable():
            before = clock[0]
            picture.frame()
            spent += clock[0] - before
    assert 0.01 < spent / clock[0] < 0.03


def test_at_most_shown_samples_are_drawn_the_same_share_of_each_class():
    rng = np.random.default_rng(0)
    y = np.r_[np.zeros(900, int), np.ones(90, int), np.full(10, 2)]
    train = Samples(rng.normal(size=(1000, 4)), y)
    picture = Picture(trainer(train), shown=100)
    shown = np.bincount(y[picture.shown])
    assert shown.tolist() == [90, 9, 1] and (np.diff(picture.shown) > 0).all()


def test_doubtful_places_are_those_whose_neighbours_the_picture_made_up():
    _, picture = fresh()
    frame = picture.frame()
    assert frame.doubtful.shape == frame.stale.shape and 0.02 < frame.doubtful.mean() < 0.6

    class Torn:
        """Every other sample lies among those that it has nothing to do with."""

        def fit(self, z):
            pass

        def transform(self, z):
            plane = z[:, :2].clone()
            plane[::2] = plane[::2][
                torch.randperm(len(plane[::2]), generator=torch.Generator().manual_seed(0))
            ]
            return plane

    _, torn = fresh(projection=Torn())
    assert torn.frame().doubtful.mean() > frame.doubtful.mean() + 0.2


def test_trust_is_that_of_the_picture_at_every_pause():
    t, picture = fresh()
    before = picture.frame().trust
    t.step(150)
    assert picture.frame().trust != before


class Turning:
    """A projection that makes another picture when it is told to: PCA's, and then chance's."""

    def __init__(self):
        self.made, self._pca = 0, PCA()

    def fit(self, z):
        self._pca.fit(z)

    def transform(self, z):
        if not self.made:
            return self._pca.transform(z)
        return torch.rand(len(z), 2, generator=torch.Generator().manual_seed(self.made))


@pytest.mark.parametrize("running", [False, True])
def test_trust_and_hollow_marks_belong_to_the_picture_that_is_shown(running):
    _, picture = fresh(projection=Turning())
    picture.training(running)
    first = picture.frame()
    assert first.trust > 0.7 and first.doubtful.mean() < 0.5 and not picture.outdated
    picture.projection.made = 1
    assert picture.outdated
    again = picture.again()
    assert 0.4 < again.trust < 0.6 and again.doubtful.mean() > 0.9 and not picture.outdated
    picture.projection = PCA()
    assert picture.frame(exact=True).trust == pytest.approx(first.trust, abs=1e-3)
