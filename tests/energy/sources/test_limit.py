"""A card's limit of watts: set by who may, within what the card takes, and put back as it was."""

import os

import pytest

from greenlatent.energy.sources import PowerLimit, Unavailable

from ..fake_nvml import Card
from ..simulated import Machine


def test_it_is_lowered_and_put_back_as_it_was(install):
    card = Card(Machine())
    module = install(card)
    limit = PowerLimit(0)
    assert (limit.watts, limit.least, limit.most) == (700, 200, 700)
    limit.set(450.5)
    assert card.limit == 450_500
    with pytest.raises(ValueError, match="from 200 to 700 W, got 100"):
        limit.set(100)
    limit.close()
    limit.close()
    assert card.limit == 700_000 and module.open == 0
    with pytest.raises(RuntimeError, match="this limit was closed"):
        limit.set(300)


def test_without_rights_it_is_refused_before_anything_is_set(install):
    card = Card(Machine())
    card.may_set = False
    module = install(card)
    with pytest.raises(
        Unavailable, match=r"does not let us set a limit .Insufficient Permissions.*nvidia-smi -pl"
    ):
        PowerLimit(0)
    assert card.limits == [] and module.open == 0


@pytest.mark.parametrize("why", ["mig", "others"])
def test_a_card_that_others_use_is_refused(install, why):
    card = Card(Machine())
    card.mig = why == "mig"
    card.processes = [os.getpid()] if why == "mig" else [os.getpid(), 1, 2]
    module = install(card)
    with pytest.raises(Unavailable, match="a limit would be theirs, too"):
        PowerLimit(0)
    assert card.limits == [] and module.open == 0


def test_only_cards_that_cuda_shows_us_have_one_and_a_card_that_tells_nothing_has_none(install, monkeypatch):
    one, two = Card(Machine()), Card(Machine(), uuid="GPU-bbbb")
    install(one, two)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    limit = PowerLimit(0)
    limit.set(300)
    assert (one.limit, two.limit) == (700_000, 300_000)
    limit.close()
    with pytest.raises(Unavailable, match="CUDA shows this process 1 card, and none is number 1"):
        PowerLimit(1)
    two.tells_more = False
    with pytest.raises(Unavailable, match="Not Supported"):
        PowerLimit(0)


def test_without_a_driver_that_is_the_reason(install):
    module = install()

    def refuse():
        raise module.NVMLError("Driver Not Loaded")

    module.nvmlInit = refuse
    with pytest.raises(Unavailable, match=r"no NVIDIA driver answers .Driver Not Loaded"):
        PowerLimit(0)
