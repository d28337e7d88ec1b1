"""What is looked at, what is advised and what is left with its reason; whatever the model, and with nothing changed."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

import greenlatent as gl
from greenlatent.tactics import advisor
from greenlatent.tactics.altered import Altered
from greenlatent.tactics.planned import planned

from ..parts import clusters, linear_net, same, weights
from .simulated import by_hand, lab, scripted  # noqa: F401 - a fixture


def unfused(params):
    return torch.optim.Adam(params, lr=1e-3)


def reasons(found):
    return {each.tactic: each.reason for each in found.looked_at}


def test_a_wasteful_set_up_is_found_best_first(scripted):  # noqa: F811
    with lab(train=clusters(160), optimizer=unfused, loss=by_hand, threads=2) as run:
        found = run.advise(steps=20_000)
        assert {"threads", "T11", "schedule", "batch"} <= {each.tactic for each in found}
        assert found[-1].forecast.known == "published" and "on our data" in str(found[-1])
        priced = [each for each in found if each.forecast.known == "priced"]
        saved = [each.forecast.joules.value for each in priced]
        assert saved == sorted(saved, reverse=True) and len(saved) >= 5
        assert run.advice is found and "Looked at and left:\n  " in str(found)
        for each in priced:
            assert f"{each.what[1:]} ({each.tactic}). " in str(found) and each.forecast.ratio.high < 1


def test_a_sound_set_up_has_no_saving_that_was_counted(scripted):  # noqa: F811
    with lab(train=clusters(160), lr=5e-3) as run:
        found = run.advise(steps=20_000)
        assert [each for each in found if each.forecast.known == "counted"] == []
        left = reasons(found)
        assert left["threads"] == "training runs on one thread already" and "fused already" in left[
            "T11"
        ] + str(found)
        assert left["T18"].startswith("dearer, x")


def test_advice_changes_nothing_of_the_run_bit_for_bit():
    with lab(optimizer=unfused) as run, lab(optimizer=unfused) as other:
        for each in (run, other):
            each.step(5)
        torch.manual_seed(1)
        expected = torch.rand(2)
        torch.manual_seed(1)
        run.advise(steps=3_000)
        assert torch.rand(2).equal(expected) and len(run.journal) == 0 and run.trainer.steps == 5
        for each in (run, other):
            each.step(20)
        assert same(weights(run.trainer.model), weights(other.trainer.model))
        assert run.energy["advise"].known and "advise" not in other.energy


def test_a_run_that_costs_next_to_nothing_is_told_so(scripted):  # noqa: F811
    with lab(threads=2, optimizer=unfused) as run:
        found = run.advise(steps=30)
        assert "not worth advice" in found.note and {each.tactic for each in found} <= set(advisor.SMALL)
        assert "so short" in reasons(found)["T11"]


def test_the_plan_is_what_was_said_granted_or_budgeted():
    with lab() as run:
        with pytest.raises(
            ValueError, match=r"nobody said: give the steps in all, lab.advise\(steps=2_000\)"
        ):
            run.advise()
        with pytest.raises(ValueError, match="steps is how many"):
            run.advise(steps=0)
        with pytest.raises(ValueError, match="answers is how many"):
            run.advise(steps=5, answers=-1)
        with pytest.raises(ValueError, match="margin is a share"):
            run.advise(steps=5, margin=3)
        run.step(30)
        with pytest.raises(ValueError, match="steps=20 is a plan that is over: 30 steps were done"):
            run.advise(steps=20)
        run.budget = gl.Budget(joules=10 * run.energy["train"].value)
        assert planned(run.run, None) == pytest.approx(300, abs=60)


def test_while_training_runs_it_is_between_two_steps_and_about_what_is_granted():
    with lab() as run:
        run.start(10**7)
        found = run.advise()
        assert found.looked_at and run.runner.running
        run.pause()


def test_a_closed_run_has_no_advice():
    with lab() as run:
        pass
    with pytest.raises(RuntimeError):
        run.advise(steps=100)


def test_it_is_called_off_by_progress_and_then_there_is_none():
    with lab() as run:
        told = []
        found = run.advise(steps=20_000, progress=lambda share: told.append(share) or False)
        assert len(told) == 1 and not found and "called off" in found.note
        former = run.advise(steps=20_000)
        run.advise(steps=20_000, progress=lambda share: False)
        assert run.advice is former


def test_of_a_loop_outside_only_data_and_simpler_learners_are_looked_at():
    with lab() as run:
        with run.around([0, 1, 2]):
            pass
        found = run.advise(steps=20_000)
        assert {each.tactic for each in found} <= set(advisor.ANYWHERE)
        outside = {each.tactic for each in found.looked_at if each.reason == advisor.OUTSIDE}
        assert {"threads", "schedule", "batch", "stop", "T8"} <= outside
        assert found.note.endswith(
            "The steps are those of a training loop of your own, which advice cannot change."
        )


def test_regression_hears_nothing_of_classes_or_points(scripted):  # noqa: F811
    with lab(model=linear_net(classes=1), train=numbers(), valid=None) as run:
        run.step(3)
        found = run.advise(steps=5_000)
        assert reasons(found)["stop"] == "looks tell an end by accuracy, which takes classes"
        assert found and not any("points" in str(each) or "Accuracy" in str(each) for each in found)


def test_of_several_processes_the_note_says_what_prices_are_of_and_a_set_up_keeps_them(monkeypatch):
    with lab(optimizer=unfused) as run:
        run.step(20)
        monkeypatch.setattr(type(run.trainer), "ranks", 2)
        assert "2 processes train together" in advisor.Advisor(run.run, 10, 0, 0.01, None)._circumstances()[0]
        assert Altered().setup(run.trainer, 100, "")["ranks"] == 2


def test_advice_on_an_optimizer_that_was_given_as_an_instance_is_priced_and_rehearsed(scripted):  # noqa: F811
    model = linear_net()
    given = torch.optim.Adam(model.parameters(), lr=2e-3)
    with lab(model=model, optimizer=given) as run:
        run.step(30)
        before = weights(model)
        found = run.advise(steps=5_000)
        fused = found.of("T11")
        assert fused in found and fused.forecast.known == "priced" and fused.cost.known
        assert fused.rehearse(share=0.02).verdict and fused.apply()["model"] is not model
        assert run.trainer.stepper.optimizer is given and given.param_groups[0]["lr"] == 2e-3
        assert all(value.equal(before[name]) for name, value in weights(model).items())


class Secretive(torch.optim.SGD):
    """Takes an option that it tells nobody of."""

    def __init__(self, params, speed):
        super().__init__(params, lr=speed)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (
            lambda m: torch.optim.Adam(
                [{"params": p, "lr": 10.0**-k} for k, p in enumerate(m.parameters(), 2)]
            ),
            "groups",
        ),
        (lambda m: torch.optim.Adam(list(m.parameters())[:2]), "a part of the model alone"),
        (lambda m: Secretive(m.parameters(), speed=0.1), "cannot be made anew"),
    ],
    ids=["groups", "a part", "its own options"],
)
def test_an_instance_that_cannot_be_made_anew_is_not_priced_and_says_what_to_give(made, why):
    model = linear_net()
    with lab(model=model, optimizer=made(model)) as run:
        run.step(30)
        found = run.advise(steps=100_000)  # time for each price on any machine
        said = reasons(found)["T18"]
        assert (
            why in said and said.endswith("give optimizer=lambda params: ...") and "twins of the run" in said
        )


class Signals(nn.Module):
    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.encoder = (
            nn.GRU(2, 6, batch_first=True)
            if recurrent
            else nn.TransformerEncoderLayer(2, 1, 8, batch_first=True, dropout=0.1)
        )
        self.wide = nn.Linear(6 if recurrent else 2, 6)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        out = self.encoder(x.transpose(1, 2))
        out = out[0] if self.recurrent else out
        return self.head(torch.relu(self.wide(out[:, -1])))


class Items(Dataset):
    def __init__(self, samples):
        self.x, self.targets = samples.x, samples.y.tolist()

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, i):
        return self.x[i], self.targets[i]


class Dict(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, given):
        return {"logits": self.head(torch.relu(self.encoder(given["x"])))}


def convolution():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 8), nn.ReLU(), nn.Linear(8, 3)
    )


def shaped(*shape):
    torch.manual_seed(0)
    return gl.Samples(torch.randn(80, *shape), [i % 3 for i in range(80)])


def numbers():
    torch.manual_seed(0)
    x = torch.randn(80, 4)
    return gl.Samples(x, (x.sum(1) * 2).numpy().astype("float32"))


KINDS = {
    "convolution": lambda: (convolution(), shaped(1, 8, 8), {"latent": "3"}),
    "GRU": lambda: (Signals(True), shaped(2, 12), {"latent": "wide"}),
    "transformer": lambda: (Signals(False), shaped(2, 12), {"latent": "wide"}),
    "dict": lambda: (
        Dict(),
        clusters(80),
        {"latent": "encoder", "call": lambda model, x: model({"x": x})["logits"]},
    ),
    "Dataset": lambda: (linear_net(), gl.Samples.from_dataset(Items(clusters(80))), {"latent": "0"}),
    "regression": lambda: (linear_net(classes=1), numbers(), {"latent": "0"}),
    "hostile classes": lambda: (
        linear_net(),
        gl.Samples(clusters(80).x, clusters(80).y, classes=["<script>", "=1+1", "'; drop"]),
        {"latent": "0"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_at_any_model_and_leaves_it_as_it_was(kind):
    model, train, options = KINDS[kind]()
    with lab(model=model, train=train, valid=None, **options) as run:
        run.step(3)
        before = weights(run.trainer.model)
        found = run.advise(steps=2_000, answers=100)
        assert found.looked_at and str(found)
        assert same(weights(run.trainer.model), before)
        run.step(2)


class Eights(nn.Module):
    """A forward that trains on batches of eight at most."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x):
        if self.training and len(x) > 8:
            raise RuntimeError(f"mat1 of\n{len(x)} rows")
        return self.head(torch.relu(self.encoder(x)))


def test_a_forward_that_fails_at_another_batch_size_leaves_that_advice_and_the_run_goes_on():
    with lab(model=Eights(), train=clusters(160), valid=None, latent="encoder", batch_size=8) as run:
        run.step(3)
        before = weights(run.trainer.model)
        found = run.advise(steps=20_000, answers=100)
        assert "mat1 of" in reasons(found)["batch"] and "rows" not in reasons(found)["batch"], (
            "one line of it"
        )
        assert "batch" not in {each.tactic for each in found} and {"T11", "schedule"} & {
            e.tactic for e in found
        }
        for id in ("T20", "T9", "T22"):
            try:
                found.of(id).apply()
            except (RuntimeError, ValueError) as error:
                assert str(error)
        assert same(weights(run.trainer.model), before)
        run.step(2)


HOSTILE = ["<img src=x onerror=alert(1)>", "=1+1\n@SUM(A1)", "'; drop"]


def test_hostile_class_and_group_names_stay_text_of_one_line_in_reasons():
    data = clusters(90)
    train = gl.Samples(data.x, data.y, classes=HOSTILE, groups={HOSTILE[1]: ["a", "b"] * 45})
    with lab(train=train, valid=train) as run:
        run.step(30)
        found = run.advise(steps=20_000, answers=10)
        assert not any("\n" in str(each) for each in (*found, *found.looked_at))
        assert "of =1+1 @SUM(A1) you may say" in reasons(found)["T21"]
        told = run._dashboard.panels.advising
        assert all("\n" not in told._row(k, each)["why"] for k, each in enumerate(found))


def test_two_labs_are_advised_at_once():
    with lab() as one, lab() as two:
        one.start(10**7)
        before = weights(two.trainer.model)
        found = two.advise(steps=20_000)
        assert found.looked_at and one.advise().looked_at
        assert same(weights(two.trainer.model), before)
        assert found.of("T22").apply(layer="0") and found.of("T14").apply(), (
            "a plain chain is cut without a trace"
        )
        one.pause()


def test_of_a_run_that_is_not_worth_advice_no_price_is_said():
    with lab(train=clusters(16), batch_size=2) as run:
        run.step(16)
        found = run.advise(steps=80)
        assert "not worth advice" in found.note
        assert {each.tactic for each in found} <= {"threads", "T2", "T6"}
        assert reasons(found)["T1"].startswith("the run is so short that its price")


@pytest.mark.parametrize("margin", ["a", None, True, math.nan])
def test_a_margin_that_is_no_share_is_refused(margin):
    with lab() as run, pytest.raises(ValueError, match="margin is a share of accuracy"):
        run.advise(steps=400, margin=margin)
