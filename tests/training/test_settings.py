"""How long, how fast and where: epochs, learning rates, schedulers by step, devices that are not there."""

import math

import pytest
import torch

from greenlatent.edits import Weigh
from greenlatent.edits.events import Event
from greenlatent.training.replay import replay
from greenlatent.training.settings import Count
from greenlatent.training.trainer import Trainer

from ..parts import clusters, linear_net, same, trainer, weights

STEPS = 8  # of an epoch: 60 samples in batches of 8


def test_epochs_end_where_epochs_end():
    run = trainer()
    assert run.step(epochs=2).steps == 2 * STEPS and run.epoch_done
    run.step(3)
    assert run.step(epochs=1).steps == STEPS - 3 and run.epoch_done


@pytest.mark.parametrize(
    ("steps", "epochs", "words"),
    [
        (3, 1, "not both"),
        (None, 0, "from 1 up"),
        (None, 1.5, "from 1 up"),
        (-1, None, "from 0 up"),
        (0.5, None, "from 0"),
    ],
)
def test_what_is_no_number_of_steps_or_epochs_is_refused(steps, epochs, words):
    with pytest.raises(ValueError, match=words):
        Count(steps, epochs)


@pytest.mark.parametrize("optimizer", [None, torch.optim.SGD])
def test_a_learning_rate_is_the_optimizers_and_a_replay_repeats_it(optimizer):
    run = trainer(lr=0.05, optimizer=optimizer)
    assert run.stepper.optimizer.param_groups[0]["lr"] == 0.05
    run.step(12)
    run.close()
    again = replay(run.journal, linear_net(), clusters(), optimizer=optimizer)
    assert same(weights(run.model), weights(again.model)) and again.settings.lr == 0.05


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": 0}, "a learning rate above 0, such as 0.001, got 0"),
        ({"lr": "fast"}, "got 'fast'"),
        ({"lr": 0.1, "optimizer": lambda params: torch.optim.SGD(params)}, "takes none: leave lr out"),
        ({"scheduler_every": "batch"}, '"epoch" or "step", got \'batch\''),
        ({"order": "random"}, '"shuffled" or "priority", got \'random\''),
        ({"device": "mps"}, 'no such device here .*device="cpu"'),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(options, words):
    with pytest.raises(ValueError, match=words):
        trainer(**options)


def test_a_learning_rate_beside_a_finished_optimizer_is_refused():
    model = linear_net()
    with pytest.raises(ValueError, match=r"optimizer=torch.optim.SGD, lr=0.1"):
        trainer(model=model, lr=0.1, optimizer=torch.optim.Adam(model.parameters()))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_there_is_a_sentence():
    with pytest.raises(
        ValueError, match=r"device='cuda:1': there is no such device here .*leave device= out"
    ):
        trainer(device="cuda:1")


@pytest.mark.parametrize(("every", "halved"), [("step", 4), ("epoch", 0)])
def test_a_scheduler_steps_as_often_as_asked(every, halved):
    def halving(optimizer):
        return torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)

    run = trainer(lr=1.0, scheduler=halving, scheduler_every=every)
    run.step(4)
    assert run.stepper.optimizer.param_groups[0]["lr"] == 0.5**halved
    run.step(epochs=1)
    run.close()
    again = replay(run.journal, linear_net(), clusters(), scheduler=halving)
    assert same(weights(run.model), weights(again.model))


def test_threads_put_in_mid_run_count_from_the_next_step_and_a_replay_repeats_them_at_theirs():
    before = torch.get_num_threads()
    try:
        t = Trainer(linear_net(), clusters(), latent="0", batch_size=8, threads=2)
        t.step(3)
        t.journal.put("threads", 1, by="advice")
        assert t.settings.threads == 2
        t.step(2)
        assert t.settings.threads == torch.get_num_threads() == 1 and t.journal.header["threads"] == 2
        seen = {}
        again = replay(
            t.journal,
            linear_net(),
            clusters(),
            steps=5,
            watch=lambda r: seen.setdefault(r.steps, r.settings.threads) and None,
        )
        assert seen == {1: 2, 2: 2, 3: 2, 4: 1, 5: 1}
        assert same(weights(again.model), weights(t.model))
        again.close()
        t.close()
    finally:
        torch.set_num_threads(before)


def test_a_setting_of_a_stranger_is_checked():
    t = Trainer(linear_net(), clusters(), latent="0")
    for name, value in (
        ("threads", 0),
        ("threads", 10**6),
        ("threads", True),
        ("lr", 1),
        ("budget", math.inf),
    ):
        with pytest.raises(ValueError):
            t.journal.put(name, value)
        with pytest.raises(ValueError):
            Event.from_json({"n": 1, "step": 0, "t": 0.0, "do": "set", "name": name, "value": value})
    t.journal.put("budget", 12.5, by="advice")
    assert t.journal.settings == {"budget": 12.5} and not t.journal.can_undo
    t.close()


def test_in_order_of_priority_a_replay_goes_the_same_way_and_its_header_tells_it():
    run = trainer(order="priority")
    run.journal.add(Weigh([50, 51, 52], 2.0))
    run.step(12)
    run.close()
    again = replay(run.journal, linear_net(), clusters())
    assert run.journal.header["order"] == "priority" and again.settings.order == "priority"
    assert same(weights(run.model), weights(again.model))
    other = trainer()
    other.journal.add(Weigh([50, 51, 52], 2.0))
    other.step(12)
    assert not same(weights(run.model), weights(other.model)) and "order" not in other.journal.header
