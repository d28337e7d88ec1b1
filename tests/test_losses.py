"""Each loss against a naive loop in double precision, and its gradient against finite differences."""

import math

import pytest
import torch
from pytorch_metric_learning.losses import SupConLoss

from greenlatent import losses

torch.manual_seed(0)
Z = torch.randn(6, 3, dtype=torch.float64)
TARGETS = torch.randn(6, 3, dtype=torch.float64)
PROTOTYPES = torch.randn(4, 3, dtype=torch.float64)
GOALS = torch.tensor([0, 1, 2, 3, 0, 1])
SCALE = torch.tensor(1.7, dtype=torch.float64)
AXIS = torch.tensor([0.6, 0.8, 0.0], dtype=torch.float64)


def squared(a, b):
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def test_toward_prototype_is_the_formula():
    loss, sure = losses.toward_prototype(Z, TARGETS, GOALS, PROTOTYPES, SCALE)
    for i, goal in enumerate(GOALS.tolist()):
        terms = [
            math.exp(
                -squared(Z[i], TARGETS[i] if k == goal else PROTOTYPES[k])
                / (float(SCALE) * losses.TEMPERATURE)
            )
            for k in range(4)
        ]
        assert float(sure[i]) == pytest.approx(terms[goal] / sum(terms))
        assert float(loss[i]) == pytest.approx(-math.log(terms[goal] / sum(terms)))


def test_margins_are_the_formulas():
    distance = math.sqrt(squared(Z[0], Z[1]) / float(SCALE))
    assert float(losses.pair_margin(Z[0], Z[1], SCALE, distance + 0.5)) == pytest.approx(0.25)
    assert float(losses.pair_margin(Z[0], Z[1], SCALE, distance - 0.5)) == 0
    spread = torch.tensor(0.5, dtype=torch.float64)
    now = float((Z[0] - Z[1]) @ AXIS) / 0.5
    assert float(losses.axis_margin(Z[0], Z[1], AXIS, spread, now + 2, up=True)) == pytest.approx(4)
    assert float(losses.axis_margin(Z[0], Z[1], AXIS, spread, now - 2, up=True)) == 0
    assert float(losses.axis_margin(Z[0], Z[1], AXIS, spread, now - 2, up=False)) == pytest.approx(4)


def test_supervised_contrastive_equals_pytorch_metric_learning():
    z, y = torch.randn(12, 4), torch.arange(12) % 3
    ours = losses.supervised_contrastive(z, y, torch.ones(12, dtype=torch.bool))
    assert float(ours) == pytest.approx(float(SupConLoss(temperature=0.1)(z, y)), rel=1e-5)


def test_anchors_without_a_partner_do_not_count():
    z, y = torch.randn(4, 2, requires_grad=True), torch.tensor([0, 1, 2, 3])
    loss = losses.supervised_contrastive(z, y, torch.ones(4, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0 and z.grad.isfinite().all()


@pytest.mark.parametrize(
    "loss",
    [
        lambda z: losses.toward_prototype(z, TARGETS, GOALS, PROTOTYPES, SCALE)[0],
        lambda z: losses.toward_place(z, TARGETS, SCALE),
        lambda z: losses.apart(z, TARGETS, SCALE, 5.0),
        lambda z: losses.pair_margin(z[0], z[1], SCALE, 9.0),
        lambda z: losses.axis_margin(z[0], z[1], AXIS, SCALE, 9.0, up=True),
        lambda z: losses.axis_margin(z[0], z[1], AXIS, SCALE, -9.0, up=False),
        lambda z: losses.supervised_contrastive(z, GOALS, torch.ones(6, dtype=torch.bool)),
    ],
)
def test_gradients_agree_with_finite_differences(loss):
    assert torch.autograd.gradcheck(loss, Z.clone().requires_grad_(True))


def test_a_step_down_each_gradient_moves_what_it_should():
    def after(loss, rate=0.05):
        z = Z.clone().requires_grad_(True)
        (slope,) = torch.autograd.grad(loss(z).sum(), z)
        return (z - rate * slope).detach()

    toward = after(lambda z: losses.toward_place(z, TARGETS, SCALE))
    assert ((toward - TARGETS).norm(dim=1) < (Z - TARGETS).norm(dim=1)).all()
    away = after(lambda z: losses.apart(z, TARGETS, SCALE, 9.0))
    assert ((away - TARGETS).norm(dim=1) > (Z - TARGETS).norm(dim=1)).all()
    shifted = after(lambda z: losses.axis_margin(z[0], z[1], AXIS, SCALE, 9.0, up=True))
    assert float((shifted[0] - shifted[1]) @ AXIS) > float((Z[0] - Z[1]) @ AXIS)
