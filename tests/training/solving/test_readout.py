"""What people named, solved beside the model: right at once, equal to a naive solve, and training notices nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import greenlatent as gl
from greenlatent.training.solving.readout import NAMED_SHARE, RIDGE

from ...parts import clusters, digit_samples, linear_net, net, same, trainer, weights


def naive(t, named: dict[int, int], old: list[int]) -> np.ndarray:
    """(n, c) scores of all training rows, by the formulas alone: one row after another, numpy's own solver."""
    reads = t.solve().reads
    with t.network.looking():
        h = reads.features(lambda: t.network.forward(t.train.view(torch.arange(len(t.train))))).numpy()
    base = h[old] if old else h[list(named)]
    h = np.c_[(h - base.mean(0)) / (base.std(0) + 1e-3), np.ones(len(h))]
    y = t.train.y.numpy().copy()
    for i, label in named.items():
        y[i] = label
    target = np.where(y[:, None] == np.arange(len(t.train.classes)), 1.0, -1.0)
    gram, right = np.zeros((h.shape[1],) * 2), np.zeros((h.shape[1], target.shape[1]))
    for rows, share in ((old, 1.0), (list(named), NAMED_SHARE if old else 1.0)):
        for i in rows:
            gram += share / len(rows) * np.outer(h[i], h[i])
            right += share / len(rows) * np.outer(h[i], target[i])
    return h @ np.linalg.solve(gram + RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram)), right)


def test_it_is_right_at_once_where_the_model_is_not_yet():
    train, valid = digit_samples()
    t = gl.Trainer(net(), train, valid=valid, latent="encoder", threads=1)
    t.step(60)
    t.journal.add(gl.Relabel(np.flatnonzero(train.y == 3)[:20], "3"), by="human")
    solved = t.solve()
    assert solved.before.value < 0.7 < 0.88 < solved.accuracy.value
    assert (solved.predict(valid.x) == valid.y.numpy()).sum() == solved.accuracy.right
    assert solved.told.of == 20 and solved.told.now > 15
    assert len(solved.changed) > 0 and solved.step == 60
    assert str(solved).count("\n") == 2


def test_it_equals_a_naive_solve():
    t = trainer(clusters(90))
    t.step(5)
    t.journal.add(gl.Relabel([3, 4, 5], "class 2"), by="human")
    t.journal.add(gl.Move([6, 7], "class 1"), by="human")
    t.journal.add(gl.Relabel([8], "class 0"), by="machine")  # a machine names nobody
    named = {3: 2, 4: 2, 5: 2, 6: 1, 7: 1}
    y = t.edits.upcoming.y.numpy()
    t.train.y[8] = int(y[8])
    old = [i for i in range(90) if i not in named]
    found = t.solve().scores(t.train.x)
    np.testing.assert_allclose(found, naive(t, named, old), atol=1e-9)


def test_training_notices_nothing_of_it():
    train, _ = digit_samples()
    plain, solving = (
        gl.Trainer(net(drop=0.2, norm=True), train, latent="encoder", threads=1) for _ in range(2)
    )
    for k in range(12):
        for t in (plain, solving):
            t.step(3)
            t.journal.add(gl.Relabel([k, k + 20], k % 10), by="human")
        lines, state = len(solving.journal), torch.get_rng_state()
        solving.solve()
        assert len(solving.journal) == lines and torch.equal(torch.get_rng_state(), state)
        assert all(module.training for module in solving.model.modules())
        assert not any(m._forward_pre_hooks for n, m in solving.model.named_modules() if n == "head.1")
    assert same(weights(plain.model), weights(solving.model))
    assert plain.recent == solving.recent


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["relabel", "undo", "redo", "mute", "step", "solve", "affirm"]), max_size=14))
def test_what_is_kept_equals_what_is_computed_anew(deeds):
    t = trainer(clusters(60))
    t.journal.add(gl.Relabel([0, 1, 2], "class 2"), by="human")
    for k, deed in enumerate(deeds):
        if deed == "relabel":
            t.journal.add(gl.Relabel([(7 * k) % 60, (7 * k + 3) % 60], k % 3), by="human")
        elif deed == "affirm":
            t.journal.add(gl.Affirm([(5 * k) % 60]), by="human")
        elif deed == "mute" and t.journal.active[1:]:
            t.journal.mute(t.journal.active[-1].n)
        elif deed in ("undo", "redo"):
            if deed == "redo" or len(t.journal.active) > 1:
                getattr(t.journal, deed)()
        elif deed == "step":
            t.step()
        else:
            t.solve()
    kept = t.solve()
    t.readout._sums = None  # as if labels had changed
    summed = t.solve()
    t.readout._weights = ()  # as if a weight had changed, too
    anew = t.solve()
    np.testing.assert_allclose(kept.scores(t.train.x), summed.scores(t.train.x), rtol=0, atol=1e-10)
    # rows that pass the model in other company come out of its float32 with other last bits on some processors
    np.testing.assert_allclose(kept.scores(t.train.x), anew.scores(t.train.x), rtol=0, atol=1e-6)
    assert kept.told == summed.told == anew.told and kept.changed == summed.changed == anew.changed


def test_solving_again_makes_no_pass_but_of_rows_not_seen_yet():
    train, valid = digit_samples()
    t = gl.Trainer(net(), train, valid=valid, latent="encoder", threads=1)
    t.journal.add(gl.Relabel([1, 2, 3], "3"), by="human")
    t.solve()
    passes, forward = [], t.network.forward
    t.network.forward = lambda x: passes.append(len(x)) or forward(x)
    t.journal.add(gl.Relabel([8, 9], "5"), by="human")
    t.solve()
    assert passes == []
    t.step()
    t.solve()
    assert passes


def test_what_cannot_be_solved_is_said_in_words():
    t = trainer(clusters(60))
    with pytest.raises(ValueError, match="name something first: a lasso and a key"):
        t.solve()
    with pytest.raises(ValueError, match=r"no layer 'body' to read; layers with weights are 0, 2"):
        one = gl.Trainer(linear_net(), clusters(60), latent="0", read=("body",), threads=1)
        one.journal.add(gl.Relabel([1], 1))
        one.solve()
    t.journal.add(gl.Relabel([1], "class 1"))
    with torch.no_grad():
        t.model[0].weight.fill_(float("nan"))
    with pytest.raises(ValueError, match="read is not finite: has training diverged"):
        t.solve()


def test_one_class_alone_tells_nothing():
    data = clusters(60)
    t = trainer(gl.Samples(data.x, np.full(60, -1), classes=data.classes))
    t.journal.add(gl.Relabel([1, 2], "class 1"))
    with pytest.raises(ValueError, match="of one class"):
        t.solve()
    t.journal.add(gl.Relabel([0, 3], "class 0"))
    solved = t.solve()  # nothing was labelled: from the named alone
    assert solved.predict(data.x[[0, 1]]).tolist() == [0, 1]


def test_a_regression_is_solved_in_the_labels_own_units():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype(np.float32)
    y = (100 + 30 * x[:, 0]).astype(np.float64)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
    train, valid = gl.Samples(x, y).split(0.3, seed=0)
    t = gl.Trainer(model, train, valid=valid, latent="0", threads=1)
    t.journal.add(gl.Relabel([3, 4], 100.0), by="human")
    solved = t.solve()
    assert solved.accuracy is None and solved.loss < 0.1 * solved.loss_before
    assert np.abs(solved.predict(valid.x) - valid.y.numpy()).mean() < 5


class Twice(nn.Module):
    """Uses a layer twice, a GRU, and gives a dict."""

    def __init__(self):
        super().__init__()
        self.mix, self.gru, self.head = nn.Linear(4, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        out, _ = self.gru(self.mix(torch.relu(self.mix(x)))[:, None])
        return {"logits": self.head(out[:, -1])}


def test_layers_used_twice_recurrent_nets_and_dicts_are_read():
    t = gl.Trainer(
        Twice(),
        clusters(60),
        latent="gru",
        threads=1,
        call=lambda model, x: model(x)["logits"],
        batch_size=16,
    )
    t.step(150)
    t.journal.add(gl.Relabel([3, 4], "class 1"), by="human")
    solved = t.solve()
    assert solved.reads.layers == ("mix", "head")
    assert (solved.predict(t.train.x) == t.train.y.numpy()).mean() > 0.7
