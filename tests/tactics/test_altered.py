"""A change is a value: twins step it, a Set-up holds it, and the run that it is about stays as it is."""

import pytest
import torch

import greenlatent as gl
from greenlatent.tactics.altered import SAME, Altered

from ..parts import linear_net, same, weights
from .simulated import lab


def test_steps_follow_batches_and_the_share_of_samples():
    with lab() as run:
        t = run.trainer
        assert SAME.steps(t, 100) == 100
        assert Altered({"batch_size": 32}).steps(t, 100) == 25
        assert Altered(share=0.5).steps(t, 101) == 51


def test_a_twin_begins_with_the_first_weights_and_steps_as_the_run_did():
    with lab() as run:
        run.step(12)
        twin = SAME.twin(run.trainer, 12)
        assert not same(weights(twin.model), weights(run.trainer.model))
        twin.step(12)
        assert same(weights(twin.model), weights(run.trainer.model))
        twin.close()


def test_what_hangs_on_the_number_of_steps_is_told_its_own():
    told = []
    change = Altered({"batch_size": 16}, schedule=lambda n: told.append(n) or {"lr": 0.5}, share=0.5)
    with lab() as run:
        assert change.given(run.trainer, 100)["lr"] == 0.5 and told == [25]


def test_a_set_up_has_model_data_and_a_reason_for_what_differs_alone():
    def double(samples):
        return gl.Samples(samples.x * 2, samples.y, classes=samples.classes)

    with lab() as run:
        run.step(3)
        before = weights(run.trainer.model)
        change = Altered({"batch_size": 16, "loss": None}, model=lambda m: linear_net(seed=3), inputs=double)
        setup = change.setup(run.trainer, 100, "because")
        assert set(setup.why) == {"batch_size", "loss", "model", "train", "steps"}
        assert setup.steps == 50 and setup["train"].x.equal(run.trainer.train.x * 2)
        assert setup.inputs(run.trainer.train).x.equal(setup["train"].x)
        assert same(weights(setup["model"]), weights(linear_net(seed=3)))
        assert same(weights(run.trainer.model), before)
    with gl.Lab(**setup, session=False) as other:
        other.step(2)
        assert other.journal.header["advised"]["model"] == "advice"


def test_a_set_up_has_the_data_as_people_mended_them():
    with lab() as run:
        run.journal.add(gl.Drop([3, 4]))
        run.journal.add(gl.Relabel([0], "class 2"))
        setup = Altered({"batch_size": 16}).setup(run.trainer, 100, "because")
        train = run.trainer.train
        assert (
            len(setup["train"]) == len(train) - 2 and int(setup["train"].y[0]) == 2 and int(train.y[0]) != 2
        )
        assert set(setup.why) == {"batch_size", "steps"}
    with gl.Lab(**setup, session=False) as other:
        other.step(2)


def test_making_another_model_draws_no_number_of_the_process():
    with lab() as run:
        torch.manual_seed(7)
        expected = torch.rand(3)
        torch.manual_seed(7)
        Altered(model=lambda m: torch.nn.Sequential(torch.nn.Linear(4, 3))).made(run.trainer, fresh=True)
        assert torch.rand(3).equal(expected)


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_a_set_up_makes_an_optimizer_anew_that_was_given_as_an_instance(kind):
    model = linear_net()
    with lab(model=model, optimizer=kind(model.parameters(), lr=0.02, weight_decay=0.1)) as run:
        run.step(3)
        setup = SAME.setup(run.trainer, 50, "because")
        with gl.Lab(**setup, session=False) as other:
            other.step(3)
            assert same(weights(other.trainer.model), weights(run.trainer.model))
            assert type(other.trainer.stepper.optimizer) is kind


def test_what_another_run_cannot_have_of_an_instance_is_said():
    model = linear_net()
    halves = [{"params": model[0].parameters()}, {"params": model[1:].parameters(), "lr": 1e-2}]
    given = {"optimizer": torch.optim.Adam(halves, lr=1e-3)}
    said = r"groups have options of their own.*optimizer=lambda params"
    with lab(model=model, **given) as run, pytest.raises(ValueError, match=said):
        SAME.setup(run.trainer, 50, "because")
    model = linear_net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    given = {"optimizer": optimizer, "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 5)}
    with lab(model=model, **given) as run, pytest.raises(ValueError, match="scheduler=lambda optimizer"):
        SAME.setup(run.trainer, 50, "because")
