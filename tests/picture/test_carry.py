import torch

from greenlatent.picture.carry import carry


def test_what_moved_as_one_affine_map_is_carried_to_where_it_is_and_landmarks_exactly():
    torch.manual_seed(0)
    old = torch.randn(600, 4)
    turn = torch.linalg.qr(torch.randn(4, 4)).Q
    now = old @ turn * 1.5 + 3.0
    landmarks = torch.linspace(0, 599, 100).long()
    carried = carry(old, torch.full((600,), 5.0), landmarks, now[landmarks])
    assert torch.equal(carried[landmarks], now[landmarks])
    moved, off = (now - old).norm(dim=1).mean(), (now - carried).norm(dim=1).mean()
    assert off < 0.1 * moved  # the ridge leaves a little


def test_every_age_has_a_map_of_its_own():
    torch.manual_seed(0)
    old = torch.randn(800, 3)
    age = torch.arange(800) % 2 * 100.0
    now = old + torch.where(age > 50, 10.0, 1.0)[:, None]
    landmarks = torch.arange(0, 800, 3)
    carried = carry(old, age, landmarks, now[landmarks])
    assert (carried - now).abs().max() < 0.5
