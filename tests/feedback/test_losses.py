"""Each loss against a naive loop in double precision, and its gradient against finite differences."""

import math

import numpy as np
import pytest
import torch

from greenlatent.feedback import losses

torch.manual_seed(0)
Z = torch.randn(6, 3, dtype=torch.float64)
TARGETS = torch.randn(6, 3, dtype=torch.float64)
PROTOTYPES = torch.randn(4, 3, dtype=torch.float64)
GOALS = torch.tensor([0, 1, 2, 3, 0, 1])
SCALE = torch.tensor(1.7, dtype=torch.float64)
MEANS = losses.Prototypes.of(PROTOTYPES, SCALE)
AXIS = torch.tensor([0.6, 0.8, 0.0], dtype=torch.float64)


def squared(a, b):
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def toward_prototype(z, targets, offsets=None):
    log_q, slope = losses.toward_prototype(z, MEANS, GOALS, targets, offsets)
    return -log_q.gather(1, GOALS[:, None])[:, 0], slope


def test_toward_prototype_is_the_formula():
    loss, _ = toward_prototype(Z, TARGETS, TARGETS - PROTOTYPES[GOALS])
    for i, goal in enumerate(GOALS.tolist()):
        terms = [
            math.exp(
                -squared(Z[i], TARGETS[i] if k == goal else PROTOTYPES[k])
                / (float(SCALE) * losses.TEMPERATURE)
            )
            for k in range(4)
        ]
        assert float(loss[i]) == pytest.approx(-math.log(terms[goal] / sum(terms)))


def test_places_and_margins_are_the_formulas():
    gap = squared(Z[0], Z[1]) / float(SCALE)
    assert float(losses.toward_place(Z[:1], Z[1:2], SCALE)[0]) == pytest.approx(math.log(1 + gap))
    assert float(losses.apart(Z[:1], Z[1:2], SCALE, math.sqrt(gap) + 0.5)[0]) == pytest.approx(0.25)
    assert float(losses.apart(Z[:1], Z[1:2], SCALE, math.sqrt(gap) - 0.5)[0]) == 0
    spread = torch.tensor(0.5, dtype=torch.float64)
    now = float((Z[0] - Z[1]) @ AXIS) / 0.5
    assert float(losses.axis_margin(Z[0] - Z[1], AXIS, spread, now + 2, up=True)[0]) == pytest.approx(4)
    assert float(losses.axis_margin(Z[0] - Z[1], AXIS, spread, now - 2, up=True)[0]) == 0
    assert float(losses.axis_margin(Z[0] - Z[1], AXIS, spread, now - 2, up=False)[0]) == pytest.approx(4)


LOSSES = {
    "toward_prototype": lambda z: toward_prototype(z, PROTOTYPES[GOALS]),
    "toward_prototype, elsewhere": lambda z: toward_prototype(z, TARGETS, TARGETS - PROTOTYPES[GOALS]),
    "toward_place": lambda z: losses.toward_place(z, TARGETS, SCALE),
    "apart": lambda z: losses.apart(z, TARGETS, SCALE, 5.0),
    "axis_margin, up": lambda z: losses.axis_margin(z[0], AXIS, SCALE, 9.0, up=True),
    "axis_margin, down": lambda z: losses.axis_margin(z[0], AXIS, SCALE, -9.0, up=False),
}


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_agree_with_autograd_and_with_finite_differences(name):
    z = Z.clone().requires_grad_(True)
    value, slope = LOSSES[name](z)
    (expected,) = torch.autograd.grad(value.sum(), z)
    assert torch.allclose(
        slope if slope.ndim == 2 else slope[None], expected[: len(slope) if slope.ndim == 2 else 1]
    )
    assert torch.autograd.gradcheck(lambda z: LOSSES[name](z)[0], z)


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_down_the_slope_lowers_the_loss(name):
    value, slope = LOSSES[name](Z)
    moved = Z.clone()
    moved[: len(slope) if slope.ndim == 2 else 1] -= 0.01 * slope
    assert (LOSSES[name](moved)[0] < value).all()


def naive_contrast(z, y, temperature):
    """By its definition, pair by pair; autograd gives the slope."""
    rows = [i for i in range(len(z)) if y[i] >= 0 and float(z[i].detach().norm()) > 0]
    u = {i: z[i] / z[i].norm() for i in rows}
    losses_of_rows = []
    for i in rows:
        e = {j: (u[i] @ u[j] / temperature).exp() for j in rows if j != i}
        against = sum((e[j] for j in e if y[j] != y[i]), torch.zeros((), dtype=z.dtype))
        own = [-(e[j] / (e[j] + against)).log() for j in e if y[j] == y[i]]
        if own:
            losses_of_rows.append(sum(own) / len(own))
    if not losses_of_rows:
        return (z * 0).sum()
    return sum(losses_of_rows) / len(losses_of_rows)


def test_the_contrast_and_its_slope_are_those_of_its_definition_in_a_thousand_batches():
    rng = np.random.default_rng(0)
    for k in range(1000):
        n, classes = int(rng.integers(1, 9)), int(rng.integers(1, 5))
        z = torch.tensor(rng.normal(size=(n, int(rng.integers(1, 5)))) * 10.0 ** rng.integers(-3, 3))
        y = torch.tensor(rng.integers(-1, classes, n))
        if k % 5 == 0:
            z[int(rng.integers(n))] = 0.0
        if k % 7 == 0:
            z[:] = z[0].clone()  # ties
        leaf = z.clone().requires_grad_(True)
        expected = naive_contrast(leaf, y, 0.5)
        (down,) = torch.autograd.grad(expected, leaf)
        value, slope = losses.contrast(z, y, 0.5)
        torch.testing.assert_close(value, expected.detach(), rtol=0, atol=1e-8)
        size = z.norm(dim=1, keepdim=True).clamp(min=1e-3)
        torch.testing.assert_close(slope * size, down * size, rtol=0, atol=1e-8)


def test_rows_without_a_label_take_no_part_in_a_contrast():
    z, y = torch.randn(8, 4), torch.tensor([0, 0, 1, 1, -1, -100, -1, 2])
    value, slope = losses.contrast(z, y)
    without = y >= 0
    alone, down = losses.contrast(z[without], y[without])
    torch.testing.assert_close(value, alone)
    torch.testing.assert_close(slope[without], down)
    assert (slope[~without] == 0).all()
