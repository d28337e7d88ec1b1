"""Places that send weights in place of rows: one place at one round is plain training, and each byte is counted."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.run.progress import Cancelled
from greenlatent.tactics.altered import Altered
from greenlatent.tactics.places.federated import federated

from ...parts import clusters, same, weights
from ..simulated import lab


def at_places(names, n=90):
    data = clusters(n)
    groups = {"site": [names[i % len(names)] for i in range(n)]}
    return gl.Samples(data.x, data.y, classes=data.classes, groups=groups)


def simulated(run, **given):
    return run.run.runner.call(lambda: federated(run.run, "site", **given))


def test_one_place_at_one_round_is_plain_training_bit_for_bit():
    with lab(train=at_places(["north"])) as run:
        twin = run.trainer.twin()
        twin.step(epochs=2)
        found = simulated(run, rounds=1, epochs=2)
        assert same(dict(found.weights), weights(twin.model))
        assert found.rounds[0].score == pytest.approx(twin.evaluate()["accuracy"])
        twin.close()


def test_rounds_get_better_and_bytes_are_those_of_weights_there_and_back():
    with lab(train=at_places(["north", "south", "west", "west"]), lr=1e-2) as run:
        run.step(3)
        before, drawn = weights(run.trainer.model), torch.random.get_rng_state()
        found = simulated(run, rounds=4, epochs=4)
        size = sum(value.numel() * 4 for value in before.values())
        assert [each.bytes for each in found.rounds] == [2 * 3 * size] * 4 and found.bytes == 24 * size
        assert found.rows_bytes == 90 * 4 * 4 and found.places == ("north", "south", "west")
        assert found.rounds[-1].score > max(0.7, found.rounds[0].score)
        assert same(weights(run.trainer.model), before) and drawn.equal(torch.random.get_rng_state())
        assert run.energy["rehearse"].known and "round 4: accuracy" in str(found)


def test_the_mean_is_by_rows():
    with lab(train=at_places(["north", "south", "south"])) as run:
        kept = []
        found = simulated(run, rounds=1)
        for place, share in (("north", 1 / 3), ("south", 2 / 3)):
            rows = np.flatnonzero(run.trainer.train.groups["site"] == place)
            one = Altered(rows=lambda train, rows=rows: train.take(rows)).twin(run.trainer, 1)
            one.step(epochs=1)
            kept.append((share, weights(one.model)))
            one.close()
        mean = sum(share * state["0.weight"] for share, state in kept)
        assert torch.allclose(found.weights["0.weight"], mean, atol=1e-6)


def test_it_is_called_off_and_what_cannot_be_is_said(monkeypatch):
    with lab(train=at_places(["north", "south"])) as run:
        with pytest.raises(ValueError, match="no group 'country' to tell places by; groups: site"):
            run.run.runner.call(lambda: federated(run.run, "country"))
        with pytest.raises(ValueError, match="rounds counts from 1, got 0"):
            simulated(run, rounds=0)
        asked = []

        @contextmanager
        def doing(what):
            yield lambda share: asked.append(share) or len(asked) < 2

        monkeypatch.setattr(run.run.progress, "doing", doing)
        with pytest.raises(Cancelled):
            simulated(run)
        assert len(asked) == 2


def test_names_of_places_are_printed_on_one_line_and_steer_no_terminal():
    data = clusters(60)
    train = gl.Samples(
        data.x, data.y, classes=data.classes, groups={"site": ["<i>\nnorth", "\x1b[31msouth"] * 30}
    )
    with lab(train=train) as run:
        told = str(federated(run.run, "site", rounds=1))
        assert "\x1b" not in told and told.splitlines()[0] == "2 places (?[31msouth, <i> north)"
        with pytest.raises(ValueError, match=r"no group .*to tell places by; groups: site"):
            federated(run.run, ["site"])
