"""Why a run is wasteful: what is named, what is not, and that asking changes nothing."""

import math
import time

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

import greenlatent as gl
from greenlatent.agent.why import FETCHING, SPARE, WRONG

from ..parts import clusters, digit_samples, linear_net, net, same, weights


def lab_of(train, valid, model, **options):
    given = {"latent": "encoder", "batch_size": 64, "threads": 1, "lr": 3e-3, "session": False, **options}
    return gl.Lab(model, train, valid=valid, **given)


def named(lab):
    return {cause.about for cause in lab.why() if cause.found}


class Disk(Dataset):
    """Digits on a disk that takes its time now and then."""

    def __init__(self, samples):
        self.x, self.y = samples.view(torch.arange(len(samples))), samples.y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        if i % 4 == 0:
            time.sleep(0.001)  # what is tested is waiting itself
        return self.x[i], int(self.y[i])


def test_a_healthy_run_is_told_its_numbers_and_accused_of_nothing():
    with lab_of(*digit_samples(), net()) as lab:
        lab.step(epochs=6)
        data, architecture, read = lab.why()
        assert (data.about, architecture.about, read.about) == ("data", "architecture", "input")
        assert (data.bound, architecture.bound, read.bound) == (WRONG, SPARE, FETCHING)
        assert data.found is False and data.number < WRONG and not data.next
        assert read.found is False and 0 < read.number < FETCHING
        assert architecture.found is False and "validation accuracy falls" in architecture.text


def test_labels_that_are_swapped_in_pairs_are_named_with_the_next_step_and_its_price():
    train, _ = digit_samples(noise="pair")
    _, valid = digit_samples()
    with lab_of(train, valid, net()) as lab:
        lab.step(epochs=6)
        data = lab.why()[0]
        assert data.found and data.number >= WRONG
        assert "lab.suggest()" in data.next and data.cost.known and "forecast" in data.cost.badges
        assert str(data).startswith("data (")


def test_leaves_of_digits_that_are_blurred_are_not_called_wrong_labels():
    train, valid = digit_samples()
    x = train.view(torch.arange(len(train))).clone()
    x[::3] += 0.3 * torch.randn(x[::3].shape, generator=torch.Generator().manual_seed(0))
    with lab_of(gl.Samples(x, train.y, classes=train.classes), valid, net()) as lab:
        lab.step(epochs=6)
        assert named(lab) <= {"architecture"}


def test_a_model_far_too_wide_is_suspected_and_one_far_too_narrow_is_not_called_wrong_labels():
    def sized(width):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            encoder = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width))
            return nn.Sequential(encoder, nn.ReLU(), nn.Linear(width, 10))

    train, valid = digit_samples()
    with lab_of(train, valid, sized(1024), latent="0", lr=1e-3) as lab:
        lab.step(epochs=4)
        architecture = lab.why()[1]
        assert architecture.found and "gl.Search" in architecture.next
    with lab_of(train, valid, sized(5), latent="0") as lab:
        lab.step(epochs=6)
        assert named(lab) == set()


def test_layers_in_the_wrong_order_are_not_called_wrong_labels():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        narrow, wide = (
            nn.Linear(64, 4),
            nn.Linear(4, 128),
        )  # swapped: what is left of the inputs is squeezed first
        swapped = nn.Sequential(nn.Sequential(narrow, nn.ReLU(), wide), nn.ReLU(), nn.Linear(128, 10))
    with lab_of(*digit_samples(), swapped, latent="0") as lab:
        lab.step(epochs=6)
        assert named(lab) <= {"architecture"}


def test_a_slow_disk_is_named_as_waiting():
    train, valid = digit_samples()
    keep = np.arange(300)
    slow = gl.Samples.from_dataset(Disk(train.take(keep)), classes=train.classes)
    with lab_of(slow, valid, net()) as lab:
        lab.step(epochs=2)
        read = lab.why()[2]
        assert read.found and "it waits" in read.text and "workers=2" in read.next


def test_nobody_can_tell_before_epoch_2_and_that_is_an_answer():
    with lab_of(*digit_samples(), net()) as lab:
        for epochs in (0, 1):
            causes = lab.why()
            assert [cause.found for cause in causes] == [None] * 3
            assert all(math.isnan(cause.number) and "epoch 2" in cause.text for cause in causes)
            if not epochs:
                lab.step(epochs=1)
        lab.step(epochs=1)
        assert all(cause.found is not None for cause in lab.why())


def test_asking_changes_nothing_leaves_no_hook_and_is_booked_as_evaluation():
    found = []
    for asks in (False, True):
        train, valid = digit_samples()
        with lab_of(train, valid, net(drop=0.2, norm=True)) as lab:
            lab.step(epochs=3)
            if asks:
                hooks = [
                    len(m._forward_pre_hooks) + len(m._forward_hooks) for m in lab.trainer.model.modules()
                ]
                before = lab.meter.seconds_of("evaluate")
                lab.why()
                assert hooks == [
                    len(m._forward_pre_hooks) + len(m._forward_hooks) for m in lab.trainer.model.modules()
                ]
                assert lab.meter.seconds_of("evaluate") > before
            lab.step(epochs=1)
            found.append(weights(lab.trainer.model))
    assert same(*found)


def test_what_cannot_be_told_says_why():
    x = clusters().view(torch.arange(60))
    floats = gl.Samples(x, np.linspace(0, 1, 60, dtype=np.float32))
    with torch.random.fork_rng(devices=[]):
        model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1))
    with lab_of(floats, None, model, latent="0", batch_size=8) as lab:
        lab.step(epochs=3)
        data, architecture, read = lab.why()
        assert data.found is None and "no classes" in data.text
        assert architecture.found is None and "100 validation samples" in architecture.text
        assert read.found is not None
    with lab_of(clusters(), clusters(300, seed=1), linear_net(), latent="0", batch_size=8) as lab:
        lab.step(epochs=3)
        assert lab.why()[1].found is not None
