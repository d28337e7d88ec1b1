"""How long, how fast and where: epochs, learning rates, schedulers by step, devices that are not there."""

import pytest
import torch

from greenlatent.training.replay import replay
from greenlatent.training.settings import Count

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
