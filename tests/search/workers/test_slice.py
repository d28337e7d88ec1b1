"""Slices: a candidate that pauses and goes on is bit for bit one that never paused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.search.workers.slice import CHUNK, STOP, Work, Workshop
from tests.parts import weights
from tests.search.making import data, make


def net(
    *, drop: float = 0.0, norm: bool = False, schedule: bool = False, sgd: bool = False, accumulate: int = 1
):
    def maker(rate: float, width: int) -> dict[str, Any]:
        parts: list[nn.Module] = [nn.Linear(4, width)]
        parts += [nn.BatchNorm1d(width)] if norm else []
        parts += [nn.Dropout(drop)] if drop else []
        model = nn.Sequential(nn.Sequential(*parts, nn.ReLU()), nn.Linear(width, 3))
        made = torch.optim.SGD if sgd else torch.optim.Adam
        more = {"scheduler": lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)} if schedule else {}
        return {
            "model": model,
            "latent": "0",
            "batch_size": 16,
            "accumulate": accumulate,
            "optimizer": lambda p: made(p, lr=rate),
            **more,
        }

    return maker


KINDS = {
    "plain": net(),
    "dropout": net(drop=0.3),
    "batch norm": net(norm=True),
    "scheduler": net(schedule=True),
    "sgd": net(sgd=True),
    "accumulation": net(accumulate=2),
}


def work(maker=make, **limits: float) -> Work:
    train, valid = data()
    return Work(maker, train, valid, 0, limits, latency="latency" in limits)


def task(start: int, to: int, folder: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "n": 0,
        "values": {"rate": 0.01, "width": 8},
        "from": start,
        "to": to,
        "end": 2000,
        "looks": [[to, 0]],
        "price": False,
        "allowed": 1e9,
        "save": False,
        "folder": None if folder is None else str(folder),
        **more,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_pauses_four_times_is_one_that_never_did(kind, tmp_path):
    never = Workshop(work(KINDS[kind]))
    never.run(task(0, 1200))
    expected = weights(never._paused[0].model)
    for where in (None, tmp_path):  # alive, and through a checkpoint with another process's workshop
        shop, at = Workshop(work(KINDS[kind])), 0
        for to in (200, 350, 700, 1200):
            if where is not None:
                shop = Workshop(work(KINDS[kind]))
            at = shop.run(task(at, to, where, save=where is not None))["passes"]
        found = weights(shop._paused[0].model)
        assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_without_alive_or_checkpoint_it_is_trained_again_from_its_beginning(tmp_path):
    whole = Workshop(work())
    whole.run(task(0, 800))
    lost = Workshop(work())
    landing = lost.run(task(400, 800))
    assert landing["passes"] == 800
    found, expected = weights(lost._paused[0].model), weights(whole._paused[0].model)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_a_damaged_checkpoint_is_no_end(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"no tensors")
    assert Workshop(work()).run(task(400, 800, tmp_path))["passes"] == 800


def test_it_ends_at_the_next_chunk_when_it_is_told_to(tmp_path):
    (tmp_path / STOP).touch()
    landing = Workshop(work()).run(task(0, 10**6, tmp_path, end=10**6))
    assert landing["short"] and landing["passes"] <= CHUNK * 16 and not landing["looks"]
    landing = Workshop(work()).run(task(0, 10**6, end=10**6, allowed=0.0))
    assert landing["short"] and landing["passes"] <= CHUNK * 16


def test_paused_candidates_beyond_the_memory_are_written_and_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr("greenlatent.search.workers.slice.memory_bytes", lambda: 1.0)
    shop = Workshop(work())
    for n in range(3):
        shop.run(task(0, 100, tmp_path / str(n), n=n))
    assert list(shop._paused) == [2]
    assert [(tmp_path / str(n) / "a.pt").exists() for n in range(3)] == [True, True, False]
    shop.close()
    assert (tmp_path / "2" / "a.pt").exists()


def test_what_a_paused_candidate_holds_is_counted_once_a_slice_of_its_own(tmp_path, monkeypatch):
    counted = []
    monkeypatch.setattr(
        "greenlatent.search.workers.slice.held", lambda trainer: counted.append(trainer) or 1.0
    )
    shop = Workshop(work())
    for n in range(4):
        shop.run(task(0, 100, tmp_path / str(n), n=n))
    assert len(counted) == 4, "not once more for each that waits"
    shop.close()


def test_a_price_is_joules_of_the_first_steps_by_their_median():
    ticks = iter(range(10**6))
    shop = Workshop(work(), clock=lambda: float(next(ticks)))
    landing = shop.run(task(0, 8, price=True, looks=[]))
    assert landing["price"] == pytest.approx(1 / 16)
    assert landing["passes"] == 8 * 16


def test_what_breaks_a_limit_before_training_is_not_trained():
    landing = Workshop(work(size=10)).run(task(0, 100))
    assert "size" in landing["limited"] and not landing["looks"] and landing["seconds"]["train"] == 0
    landing = Workshop(work(latency=1e-12)).run(task(0, 100))
    assert landing["limited"].startswith("latency") and landing["measured"]["latency"] > 0


def shared(model: nn.Module):
    return lambda rate, width: {"model": model, "latent": "0"}


@pytest.mark.parametrize(
    ("maker", "says"),
    [
        (lambda rate, width: 1 / 0, "ZeroDivisionError"),
        (lambda rate, width: nn.Linear(4, 3), "returns a dict of what gl.Lab takes"),
        (lambda rate, width: {**make(rate, width), "latent": "9"}, "9"),
        (lambda rate, width: {**make(rate, width), "journal": gl.Journal()}, "the search's own"),
        (lambda rate, width: {**make(float("nan"), width)}, "."),
        (lambda rate, width: {**make(1e30, width)}, "loss is"),
    ],
)
def test_what_a_maker_does_wrong_comes_back_in_words(maker, says):
    import re

    landing = Workshop(work(maker)).run(task(0, 500))
    assert re.search(says, landing["broken"])


def test_an_optimizer_that_is_made_is_refused():
    def maker(rate: float, width: int) -> dict[str, Any]:
        made = make(rate, width)
        return {**made, "optimizer": made["optimizer"](made["model"].parameters())}

    assert "give one to be made" in Workshop(work(maker)).run(task(0, 100))["broken"]


def test_a_model_that_is_made_once_for_all_is_refused():
    model = make(0.01, 8)["model"]
    shop = Workshop(work(shared(model)))
    assert "broken" not in shop.run(task(0, 100))
    assert "build a new one inside make" in shop.run(task(0, 100, n=1))["broken"]
