"""What is found of threads, optimizers, losses, rates and batches; and what is left, with the reason."""

import pytest
import torch
from torch.nn import functional as F

import greenlatent as gl
from greenlatent.tactics.finders import training
from greenlatent.tactics.offer import Asked

from ...parts import clusters, linear_net
from ..simulated import by_hand, lab


def asked(run, steps=1000):
    return Asked(run.run, steps)


def unfused(params):
    return torch.optim.Adam(params, lr=2e-3, betas=(0.8, 0.99))


def test_a_sound_set_up_has_nothing_to_be_counted():
    with lab() as run:
        for look in (training.threads, training.fused, training.own_loss):
            assert isinstance(look(asked(run)), str)


def test_two_threads_are_found_put_to_one_and_back():
    with lab(threads=2) as run:
        offer = training.threads(asked(run))
        assert offer.how == "live" and offer.altered.options == {"threads": 1}
        undo = offer.act(run.run)
        run.step()
        assert run.trainer.settings.threads == 1
        undo()
        run.step()
        assert run.trainer.settings.threads == 2
        assert [(event.do, event.by) for event in run.journal] == [("set", "advice"), ("set", "code")]


@pytest.mark.parametrize(
    "given",
    [unfused, torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD],
    ids=["function", "class", "AdamW", "SGD"],
)
def test_an_unfused_optimizer_is_found_and_its_fused_form_has_the_same_settings(given):
    lr = {} if given is unfused else {"lr": 5e-3}
    with lab(optimizer=given, **lr) as run:
        offer = training.fused(asked(run))
        twin = offer.altered.twin(run.trainer, 100)
        mine, theirs = twin.stepper.optimizer, run.trainer.stepper.optimizer
        assert mine.defaults["fused"] and type(mine) is type(theirs)
        kept = ("lr", "betas", "momentum", "weight_decay")
        for a, b in zip(mine.param_groups, theirs.param_groups, strict=True):
            assert [a.get(name) for name in kept] == [b.get(name) for name in kept]
        run.step(20)
        twin.step(20)
        for a, b in zip(twin.model.parameters(), run.trainer.model.parameters(), strict=True):
            assert torch.allclose(a, b, atol=1e-5)
        twin.close()


def test_an_instance_is_fused_where_all_its_parameters_have_the_same_options():
    model = linear_net()
    with lab(model=model, optimizer=torch.optim.AdamW(model.parameters(), lr=5e-3)) as run:
        setup = training.fused(asked(run)).altered.setup(run.trainer, 100, "because")
    with gl.Lab(**setup, session=False) as frugal:
        frugal.step(2)
        optimizer = frugal.trainer.stepper.optimizer
        assert optimizer.defaults["fused"] and optimizer.param_groups[0]["lr"] == 5e-3
        assert optimizer.param_groups[0]["weight_decay"] == 1e-2
    model = linear_net()
    halves = [{"params": model[0].parameters()}, {"params": model[1:].parameters(), "lr": 1e-2}]
    with lab(model=model, optimizer=torch.optim.Adam(halves, lr=1e-3)) as run:
        assert "groups have options of their own" in training.fused(asked(run))


def test_a_loss_by_hand_is_found_by_what_it_gives_and_one_that_does_more_is_left():
    def smoothed(output, y):
        return F.cross_entropy(output, y, reduction="none", label_smoothing=0.1)

    def broken(output, y):
        raise RuntimeError("<script>")

    with lab(loss=by_hand) as run:
        assert training.own_loss(asked(run)).altered.options == {"loss": None}
    for other in (smoothed, "gce"):
        with lab(loss=other) as run:
            assert isinstance(training.own_loss(asked(run)), str)
    with lab() as run:
        run.trainer.settings = type(run.trainer.settings)(**{**vars(run.trainer.settings), "loss": broken})
        assert training.own_loss(asked(run)) == "broken does something else than torch's own"


def test_a_schedule_raises_the_rate_and_lets_it_fall_over_its_own_steps():
    with lab() as run:
        change = training.schedule(asked(run)).altered
        twin = change.twin(run.trainer, 200)
        rate = twin.stepper.optimizer.param_groups[0]
        assert rate["lr"] == pytest.approx(5e-3)
        twin.step(50)
        assert rate["lr"] == pytest.approx(5e-3 * (1 - 0.98 / 2))
        twin.step(50)
        assert rate["lr"] == pytest.approx(1e-4)
        twin.close()


def test_rates_that_are_high_already_and_other_optimizers_are_left():
    for options, said in (
        ({"lr": 0.01}, "as high as it may be"),
        ({"optimizer": torch.optim.SGD, "lr": 1e-3}, "this is SGD"),
    ):
        with lab(**options) as run:
            assert said in training.schedule(asked(run)) and said in training.batch(asked(run))
    falling = {"scheduler": lambda o: torch.optim.lr_scheduler.StepLR(o, 1)}
    with lab(train=clusters(160), **falling) as run:
        assert "scheduler already" in training.schedule(asked(run))
        assert training.batch(asked(run)) == "a scheduler sets the rate"


def test_batches_grow_with_their_rate_while_an_epoch_holds_some():
    with lab(train=clusters(160), optimizer=unfused) as run:
        falling, constant = training.batch(asked(run))
        twin = constant.altered.twin(run.trainer, 100)
        assert twin.batch_size == 32 and twin.stepper.optimizer.param_groups[0]["lr"] == pytest.approx(6e-3)
        twin.close()
        twin = falling.altered.twin(run.trainer, 100)
        rates = []
        for _ in range(25):
            rates.append(twin.stepper.optimizer.param_groups[0]["lr"])
            twin.step()
        assert twin.batch_size == 32 and rates[0] == pytest.approx(2e-2) and rates[-1] < 0.1 * rates[0]
        twin.close()
    with lab(train=clusters(90)) as run:
        assert "batches of 32 would be fewer than 3 an epoch" in training.batch(asked(run))


def test_a_budget_is_told_of_and_not_offered():
    with lab() as run:
        assert "saves nothing by itself" in training.budget(asked(run))


def test_a_loss_keeps_its_name_in_the_sentence_about_it():
    with lab(loss=by_hand) as run:
        assert training.own_loss(asked(run)).why.startswith(f"the loss {by_hand.__name__} gives")
