import copy
import gc
import threading
import weakref

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.edits import Affirm, Drop, Link, Move, Near, RankFeatures, Relabel, Separate, Shift, Weigh
from greenlatent.edits.journal import Journal
from greenlatent.edits.kinds import Pulled
from greenlatent.model.ownership import weights_hash
from greenlatent.model.threads import allowed_threads
from greenlatent.training.evaluate import accuracy
from greenlatent.training.replay import replay
from greenlatent.training.task_loss import generalised_cross_entropy
from greenlatent.training.trainer import Trainer

from ..parts import Net, clusters, digit_samples, linear_net, net, same, trainer, weights


def test_steps_equal_a_plain_torch_loop_bit_for_bit():
    train, _ = digit_samples()
    ours = Trainer(net(), train, latent="encoder", batch_size=32, seed=5, threads=1)
    ours.step(60)

    model = net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    generator, order = torch.Generator().manual_seed(5), torch.empty(0, dtype=torch.int64)
    for _ in range(60):
        if not len(order):
            order = torch.randperm(len(train), generator=generator)
            torch.rand(len(train), generator=generator, dtype=torch.float64)  # the coins of the weights
        ids, order = order[:32], order[32:]
        optimizer.zero_grad()
        F.cross_entropy(model(train.x[ids]), train.y[ids]).backward()
        optimizer.step()
    assert same(weights(ours.model), weights(model))


def test_ones_own_loop_with_around_equals_step_bit_for_bit():
    train, _ = digit_samples()
    ours = Trainer(net(drop=0.2), train, latent="encoder", batch_size=32, seed=5, threads=1)
    ours.step(30)

    model = net(drop=0.2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    around = Trainer(model, train, latent="encoder", batch_size=32, seed=5, threads=1, optimizer=optimizer)
    for _ in range(30):
        ids = around.stepper.sampler.next(32)
        with around.around(ids) as s:
            optimizer.zero_grad()
            output = model(train.x[ids])
            loss = F.cross_entropy(output, s.y)
            loss.backward()
            optimizer.step()
            s.done(loss, output)
    assert same(weights(ours.model), weights(around.model)) and around.steps == 30
    assert torch.equal(ours.seen.latents, around.seen.latents)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([-1, 2], "got place -1, and train has 60 samples, 0 to 59; pass where"),
        (np.array([99999]), "got place 99999, and train has 60"),
        ([1.5], r"whole numbers in a row .*, got \[1.5\]"),
        ([True, False], "whole numbers in a row"),
        ([[1, 2]], "whole numbers in a row"),
        (3, "whole numbers in a row"),
    ],
)
def test_places_that_train_does_not_have_are_refused_and_no_step_is_counted(ids, words):
    t = Trainer(linear_net(), clusters(60), latent="0")
    with pytest.raises((IndexError, TypeError), match=words), t.around(ids):
        raise AssertionError("the loop's own part ran")
    assert t.steps == t.passes == 0


def test_in_ones_own_loop_edits_pull_and_mask():
    train, _ = digit_samples()
    model = net()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    around = Trainer(model, train, latent="encoder", threads=1, optimizer=optimizer)
    i = 3
    around.journal.add(Pulled([i], train.classes[(int(train.y[i]) + 1) % 10]))
    ids = torch.arange(16)
    with around.around(ids) as s:
        loss = (F.cross_entropy(model(train.x[ids]), s.y, reduction="none") * s.weight).mean()
        loss.backward()
        optimizer.step()
        s.done(loss)
    assert s.weight.tolist() == [1.0] * 3 + [0.0] + [1.0] * 12
    assert around.recent[1] > 0


EDITS = [
    Pulled([3], "5"),
    Relabel([4, 5], "7"),
    Move([6], Near([7, 8, 9])),
    Separate("3", "8", 1.0),
    Shift("1", 2, 1.0),
    Link([11], [12], alike=False),
    Drop([20, 21]),
    Affirm([21, 22]),
    Weigh([22], 2.5),
    RankFeatures(range(64), 60),
]


def edited_run(train, path=None):
    """A run with every kind of edit, undo, redo, mute and a pause of the person's numbers in between."""
    trainer = Trainer(
        net(drop=0.1, norm=True), train, latent="encoder", batch_size=32, threads=1, journal=Journal(path)
    )
    for k, edit in enumerate(EDITS):
        trainer.step(7 + k)
        trainer.journal.add(edit)
        torch.randn(3)  # the person's own numbers
    trainer.journal.undo()
    trainer.step(5)
    trainer.journal.redo()
    trainer.journal.mute(2)
    trainer.step(50)
    trainer.journal.unmute(2)
    trainer.step(20)
    trainer.close()
    return trainer


def test_a_run_is_replayed_bit_for_bit_from_its_journal(tmp_path):
    train, _ = digit_samples()
    first = edited_run(train, tmp_path / "journal.jsonl")
    journal = Journal.load(tmp_path / "journal.jsonl")
    again = replay(journal, net(drop=0.1, norm=True), train)
    assert again.steps == first.steps and same(weights(again.model), weights(first.model))
    assert again.journal.active == first.journal.active


def test_replay_names_what_differs(tmp_path):
    train, valid = digit_samples()
    journal = edited_run(train).journal
    for change, word in [
        ({"seed": 1}, "seed"),
        ({"batch_size": 16}, "batch_size"),
        ({"optimizer": lambda p: torch.optim.SGD(p, lr=0.1)}, "optimizer"),
        ({"loss": "gce"}, "loss"),
    ]:
        with pytest.raises(ValueError, match=f"made with {word}"):
            replay(journal, net(drop=0.1, norm=True), train, **change)
    with pytest.raises(ValueError, match="made with weights"):
        replay(journal, net(seed=1, drop=0.1, norm=True), train)
    with pytest.raises(ValueError, match="made with samples"):
        replay(journal, net(drop=0.1, norm=True), valid)


commands = st.lists(
    st.one_of(
        st.integers(1, 6).map(lambda n: ("step", n)),
        st.sampled_from(EDITS[:5]).map(lambda e: ("add", e)),
        st.sampled_from(["undo", "redo", "evaluate", "latents"]).map(lambda do: (do, None)),
    ),
    max_size=12,
)


@given(commands)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_commands_is_replayed_bit_for_bit(sequence):
    train, valid = digit_samples()
    first = Trainer(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1)
    for do, what in sequence:
        if do == "step":
            first.step(what)
        elif do == "add":
            first.journal.add(what)
        elif do in ("undo", "redo"):
            getattr(first.journal, do)()
        else:
            getattr(first, do)()
    again = replay(first.journal, net(), train, steps=first.steps)
    assert same(weights(first.model), weights(again.model))


class Frozen(Net):
    """Dropout, batch norm, and one batch-norm layer that was frozen on purpose."""

    def __init__(self):
        super().__init__(drop=0.3, norm=True)
        self.frozen = nn.BatchNorm1d(16)
        self.frozen.eval()

    def forward(self, x):
        return self.head(self.frozen(self.encoder(x)))


def test_looking_changes_no_weight_and_no_flag():
    train, valid = digit_samples()

    def run(looking):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = Frozen()
            model.frozen.eval()
        trainer = Trainer(model, train, valid=valid, latent="encoder", batch_size=32, threads=1)
        for _ in range(20):
            trainer.step(3)
            if looking:
                trainer.evaluate()
                trainer.latents([1, 2, 3])
                assert not model.frozen.training and model.encoder.training
        return weights(model)

    assert same(run(False), run(True))


def test_a_net_that_draws_nothing_leaves_the_persons_numbers_alone_in_mid_step():
    train, _ = digit_samples()
    inside = []

    class Asks(nn.Linear):
        def forward(self, x):
            inside.append(torch.default_generator.get_state())
            return super().forward(x)

    trainer = Trainer(nn.Sequential(Asks(64, 10)), train, latent="0", threads=1)
    torch.manual_seed(5)
    theirs = torch.default_generator.get_state()
    del inside[:]
    trainer.step(3)
    assert len(inside) == 3 and all(torch.equal(state, theirs) for state in inside)


def test_a_net_that_begins_to_draw_late_is_noticed_and_told(caplog):
    train, _ = digit_samples()

    class Late(Net):
        noise = 0.0

        def forward(self, x):
            z = self.encoder(x)
            return self.head(z + self.noise * torch.randn_like(z) if self.noise else z)

    model = Late()
    trainer = Trainer(model, train, latent="encoder", batch_size=64, threads=1)
    while trainer.epoch < 1:
        trainer.step()
    assert not caplog.records
    model.noise = 0.1
    while trainer.epoch < 2:
        trainer.step()
    trainer.step()
    assert "began to draw" in caplog.text
    torch.manual_seed(5)
    trainer.step(3)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(3), drawn)


def test_any_other_layer_can_be_read_without_a_trace():
    train, _ = digit_samples()
    t = Trainer(net(), train, latent="encoder", threads=1)
    t.step(5)
    hidden = t.latents([3, 1], layer="encoder.0")
    with torch.no_grad():
        assert np.array_equal(hidden, t.model.encoder[0](train.x[[3, 1]]).numpy())
    assert not t.model.encoder[0]._forward_hooks
    with pytest.raises(ValueError, match="its layers are"):
        t.latents(layer="encoderr")


def test_reading_what_training_saw_changes_no_weight_while_edits_pull():
    train, _ = digit_samples()

    def run(reading):
        t = Trainer(net(), train, latent="encoder", batch_size=32, threads=1)
        t.step(20)
        for edit in EDITS[:6]:
            t.journal.add(edit)
        for _ in range(40):
            t.step(3)
            if reading:
                _ = t.seen.latents, t.seen.confidence
                t.feedback.unsatisfied()
        return weights(t.model)

    assert same(run(False), run(True))


def test_edits_are_in_force_from_the_next_step_and_not_before():
    train = clusters()
    t = trainer(train)
    t.step(3)
    line = t.journal.add(Relabel([0], "class 1"))
    assert int(t.mending.y[0]) == 0 and next(iter(t.journal)).step == 3 and line == 1
    t.step(1)
    assert int(t.mending.y[0]) == 1


def test_every_epoch_sees_every_sample_while_edits_are_injected():
    train = clusters(61)
    t = trainer(train)
    t.journal.add(Link([5], [7], alike=False))
    met = []
    next_ids = t.stepper.sampler.next

    def spy(room):
        ids = next_ids(room)
        met.extend(ids.tolist())
        return ids

    t.stepper.sampler.next = spy
    while not (t.steps and t.epoch_done):
        t.step(1)
    assert sorted(met) == list(range(61))


def test_dropped_samples_and_unranked_features_do_not_train():
    x = np.zeros((40, 4), dtype=np.float32)
    x[:, 0] = np.arange(40) % 2
    x[:, 3] = 1 - x[:, 0]
    train = Samples(x, np.arange(40) % 2)
    t = trainer(train, linear_net(4, 2))
    first = t.model[0].weight[:, 3].clone()
    t.journal.add(RankFeatures([0, 1, 2, 3], 3))
    t.step(20)
    assert torch.equal(t.model[0].weight[:, 3], first)
    t.journal.add(Drop(range(39)))
    with pytest.raises(ValueError, match="leave out every training sample"):
        t.journal.add(Drop([39]))
    t.step(50)


def test_reset_starts_again_with_the_edits_in_force():
    train, _ = digit_samples()
    t = Trainer(net(), train, latent="encoder", threads=1)
    t.step(10)
    t.journal.add(Relabel([1], "3"))
    t.step(5)
    t.reset()
    assert t.steps == 0 and same(weights(t.model), t.initial)
    t.step(20)
    t.close()
    again = replay(t.journal, net(), train)
    assert same(weights(again.model), weights(t.model)) and int(again.mending.y[1]) == 3


def test_regression_leaves_out_missing_labels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    y = x @ [1.0, -2.0, 0.5, 0.0]
    y[:10] = np.nan
    t = trainer(Samples(x, y), linear_net(4, 1), optimizer=lambda p: torch.optim.Adam(p, lr=0.02))
    first = t.evaluate()["loss"]
    t.journal.add(Relabel([0], 3.0))
    report = t.step(300)
    assert t.evaluate()["loss"] < 0.3 * first and np.isfinite(report.loss)
    t.journal.add(Move([2], Near([5])))
    assert t.step(1).feedback_loss > 0


def test_unlabelled_samples_and_a_batch_without_any_label_are_no_error():
    train = clusters(60)
    y = train.y.clone()
    y[:50] = -1
    for unlabelled in ("skip", "keep"):
        t = trainer(train.take(np.arange(60), y=y), unlabelled=unlabelled)
        assert np.isfinite(t.step(30).loss) and all(
            torch.isfinite(w).all() for w in weights(t.model).values()
        )


def half_labelled(n=60):
    """Clusters of which every other sample has no label."""
    train = clusters(n)
    y = train.y.clone()
    y[1::2] = -1
    return train.take(np.arange(n), y=y)


def test_samples_without_a_label_are_in_no_batch_until_they_have_one():
    t = trainer(half_labelled())
    t.step(12)
    assert (t.seen.step[1::2] < 0).all() and (t.seen.step[::2] >= 0).all()
    assert t.passes == 12 // 4 * 30  # an epoch is what has labels
    t.journal.add(Relabel([7, 9, 11], "class 1"))
    t.step()
    assert (t.seen.step[[7, 9, 11]] == 12).all()
    t.journal.undo()
    t.step(20)
    assert (t.seen.step[[7, 9, 11]] == 12).all()


def test_of_many_new_labels_the_next_batch_begins_with_half_a_batch_and_the_epoch_meets_all():
    t = trainer(half_labelled(200))
    t.step(2)
    t.journal.add(Relabel(np.arange(1, 101, 2), "class 1"))
    t.step()
    new = t.seen.step[1:101:2]
    assert int((new == 2).sum()) >= 4
    while not t.epoch_done:
        t.step()
    assert (t.seen.step[1:101:2] >= 2).all()


def test_kept_samples_without_a_label_are_met_as_ever():
    t = trainer(half_labelled(), unlabelled="keep")
    t.step(8)
    assert (t.seen.step >= 0).all() and t.passes == 60
    with pytest.raises(ValueError, match='unlabelled is "skip" or "keep"'):
        trainer(unlabelled="drop")


def test_where_nothing_has_a_label_all_are_met():
    train = clusters(60)
    t = trainer(train.take(np.arange(60), y=torch.full((60,), -1)))
    before = weights(t.model)
    t.step(8)
    assert (t.seen.step >= 0).all() and same(weights(t.model), before)
    t.journal.add(Relabel([3], "class 1"))
    t.step(3)
    assert t.seen.step.max() == 10 and (t.seen.step == 10).sum() == 1


def test_accumulation_equals_one_large_batch():
    train, _ = digit_samples()
    large = Trainer(net(), train, latent="encoder", batch_size=64, threads=1, statistics=False)
    small = Trainer(net(), train, latent="encoder", batch_size=32, accumulate=2, threads=1, statistics=False)
    large.step(5)
    small.step(5)
    for a, b in zip(large.model.parameters(), small.model.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_the_scheduler_steps_once_an_epoch():
    t = trainer(clusters(60), scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5))
    t.step(3 * 8)  # 60 samples in batches of 8: 8 steps an epoch
    assert t.stepper.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3 * 0.125)


def test_generalised_cross_entropy_is_the_formula():
    output, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 0, 1])
    p = output.softmax(1)[torch.arange(6), y]
    assert torch.allclose(generalised_cross_entropy(output, y), (1 - p**0.7) / 0.7)
    t = trainer(loss="gce")
    assert np.isfinite(t.step(5).loss) and t.journal.header["loss"] == "gce"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"latent": "encoder"}, "no layer 'encoder'; its layers are 0, 1, 2"),
        ({"model": linear_net(7)}, r"one sample has shape \(4,\).*'0', is Linear\(in_features=7"),
        ({"model": linear_net(4, 2)}, "3 classes; its last layer must give 3"),
        ({"loss": "focal"}, '"gce" or None'),
        ({"precision": "fp8"}, '"fp32", "bf16" or'),
        ({"batch_size": 0}, "count from 1"),
        ({"train": "digits"}, r"Samples\(x, y\)"),
        ({"valid": clusters(d=7)}, r"validation inputs have shape \(7,\), training \(4,\)"),
        ({"loss": lambda output, y: output.mean()}, "one value per sample"),
    ],
)
def test_bad_input_is_named_before_anything_is_trained(options, words):
    with pytest.raises((ValueError, TypeError), match=words):
        trainer(**options).step(1)


def test_a_refused_model_is_left_as_it_was():
    model = linear_net(7)
    before = weights(model)
    with pytest.raises(ValueError, match="one sample has shape"):
        trainer(model=model)
    assert same(weights(model), before) and not model[0]._forward_hooks
    trainer(clusters(d=7), model).step(1)


def test_the_probe_leaves_batch_norm_and_the_persons_numbers_alone():
    train, _ = digit_samples()
    model = net(drop=0.5, norm=True)
    before = weights(model)
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    Trainer(model, train, latent="encoder", threads=1)
    assert same(weights(model), before) and torch.equal(torch.rand(2), expected)


def test_a_new_trainer_takes_the_model_over_from_its_initial_weights():
    model = linear_net()
    before = weights(model)
    first = trainer(model=model)
    first.step(20)
    second = trainer(model=model)
    assert first.closed and same(weights(model), before)
    with pytest.raises(RuntimeError, match="belongs to a newer one"):
        first.step(1)
    second.step(5)
    trained = weights(model)
    third = trainer(model=model, warm=True)
    assert same(weights(model), trained) and same(third.initial, trained)


def test_an_optimizer_that_has_trained_needs_warm():
    model = linear_net()
    optimizer = torch.optim.Adam(model.parameters())
    trainer(model=model, optimizer=optimizer).step(1)
    with pytest.raises(ValueError, match="pass warm=True"):
        trainer(model=model, optimizer=optimizer)
    trainer(model=model, optimizer=optimizer, warm=True).step(1)


def test_an_exception_in_model_loss_or_data_leaves_a_trainer_that_can_go_on():
    class Faulty(nn.Sequential):
        broken = False

        def forward(self, x):
            if self.broken:
                raise ZeroDivisionError("the model failed")
            return super().forward(x)

    model = Faulty(*linear_net())
    t = trainer(model=model)
    t.step(3)
    model.broken = True
    with pytest.raises(ZeroDivisionError, match="the model failed"):
        t.step(1)
    t.journal.add(Relabel([0], "class 1"))
    model.broken = False
    assert t.step(2).step == 6  # the step that failed has used its batch and counts
    assert int(t.mending.y[0]) == 1


def test_edits_from_eight_threads_while_training_are_all_in_force():
    t = trainer(clusters(60))
    stop = threading.Event()

    def work(k):
        for i in range(20):
            t.journal.add(Relabel([k], f"class {i % 3}"))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        t.step(1)
    stop.set()
    t.step(1)
    assert len(t.journal.active) == 160 and t.mending.y[:8].tolist() == [19 % 3] * 8
    steps = [event.step for event in t.journal]
    assert steps == sorted(steps) and steps[-1] <= t.steps


def test_a_closed_trainer_is_freed():
    t = trainer()
    t.step(1)
    gone = weakref.ref(t)
    t.close()
    t.close()
    del t
    gc.collect()
    assert gone() is None


def test_threads_follow_affinity_and_are_stated():
    assert 1 <= allowed_threads() <= 1024
    assert trainer().journal.header["threads"] == 1


def test_dict_models_are_called_by_ones_own_function():
    class Dict(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(4, 5)
            self.out = nn.Linear(5, 3)

        def forward(self, values):
            return {"logits": self.out(self.body(values))}

    with pytest.raises(TypeError, match="pass call=lambda"):
        trainer(model=Dict(), latent="body")
    t = trainer(model=Dict(), latent="body", call=lambda model, x: model(values=x)["logits"])
    assert np.isfinite(t.step(5).loss)


@pytest.mark.parametrize("kind", ["cnn", "gru", "transformer"])
def test_other_nets_train_and_take_edits(kind):
    rng = np.random.default_rng(0)
    y = np.arange(48) % 3

    class Gru(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 3)

        def forward(self, x):
            return self.head(self.rnn(x)[0][:, -1])

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Linear(4, 3)

        def forward(self, x):
            return self.head(self.body(x).mean(1))

    x, model, layer = {
        "cnn": (
            rng.normal(size=(48, 1, 8, 8)),
            nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3)),
            "0",
        ),
        "gru": (rng.normal(size=(48, 7, 2)), Gru(), "rnn"),
        "transformer": (rng.normal(size=(48, 5, 4)), Attention(), "body"),
    }[kind]
    t = trainer(Samples(x + y.reshape(-1, *[1] * (x.ndim - 1)), y), model, latent=layer)
    t.step(3)
    t.journal.add(Pulled([1], "2"))
    assert t.step(1).feedback_loss > 0 and t.latents().shape == (48, t.dims)


def test_a_dataset_that_is_read_item_by_item_trains():
    train = clusters(40)
    pairs = [(train.x[i], int(train.y[i])) for i in range(40)]
    lazy = Samples.from_dataset(pairs)
    a, b = trainer(train), trainer(lazy)
    a.step(10)
    b.step(10)
    assert same(weights(a.model), weights(b.model))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_trains_and_takes_edits(precision):
    t = trainer(precision=precision)
    first = t.step(1).loss
    t.journal.add(Pulled([1], "class 2"))
    assert t.step(1).feedback_loss > 0
    assert t.step(40).task_loss < first and t.latents().dtype == np.float32


def test_a_half_precision_run_goes_on_from_its_checkpoint_bit_for_bit(tmp_path):
    train = clusters(60)
    whole = trainer(train, precision="fp16")
    whole.step(10)
    whole.save(tmp_path)
    again = Trainer.load(tmp_path, linear_net(), train)
    whole.step(10)
    again.step(10)
    assert same(weights(whole.model), weights(again.model))


def test_workers_for_data_in_memory_are_refused():
    with pytest.raises(ValueError, match="data in memory"):
        trainer(workers=2)


def test_an_optimizer_of_another_model_is_refused():
    with pytest.raises(ValueError, match="no parameter of this model"):
        trainer(optimizer=torch.optim.Adam(linear_net().parameters()))


def test_weights_that_a_person_set_are_never_thrown_away_in_silence():
    model = linear_net()
    trainer(model=model).close()
    with torch.no_grad():
        model[0].weight.fill_(0.01)
    with pytest.raises(ValueError, match="pass warm=True"):
        trainer(model=model)
    assert (model[0].weight == 0.01).all()
    assert (trainer(model=model, warm=True).initial["0.weight"] == 0.01).all()


@pytest.mark.parametrize("before", [None, torch.zeros(0)])
def test_a_buffer_that_a_first_pass_makes_is_one_of_those_that_a_run_begins_with(before):
    class Placed(nn.Sequential):
        def __init__(self):
            super().__init__(*linear_net())
            self.register_buffer("places", before)

        def forward(self, x):
            if self.places is None or not len(self.places):
                self.places = torch.linspace(0, 1, x.shape[1])
            return super().forward(x + self.places)

    model = Placed()
    one = trainer(model=model)
    one.step(3)
    first = weights(model)
    one.reset()
    assert same(weights(model), one.initial) and same(one.network.copied(first).state_dict(), first)
    one.step(3)
    assert same(weights(model), first)
    again = trainer(model=model)
    again.step(3)
    assert same(weights(model), first)


def test_weights_are_told_apart_in_whatever_form_they_are_kept():
    class Phases(nn.Sequential):
        def __init__(self, phases):
            super().__init__(*linear_net())
            self.register_buffer("phases", phases)

    turned = torch.polar(torch.ones(3), torch.arange(3.0)).conj()
    one, other, another = (
        weights_hash(Phases(phases)) for phases in (turned, turned.resolve_conj(), turned.conj())
    )
    assert one == other != another


def test_validation_data_of_other_classes_or_kind_are_refused():
    other = Samples(np.zeros((4, 4)), [0, 1, 2, 0], classes=["x", "y", "z"])
    with pytest.raises(ValueError, match="pass the same classes="):
        trainer(valid=other)
    with pytest.raises(ValueError, match="differ in kind"):
        trainer(valid=Samples(np.zeros((4, 4)), [0.0, 1.0, 2.0, 0.5]))


def test_an_edit_on_a_layer_that_the_loss_does_not_use_says_so():
    class Aside(nn.Module):
        def __init__(self):
            super().__init__()
            self.side, self.head = nn.Linear(4, 5), nn.Linear(4, 3)

        def forward(self, x):
            self.side(x)
            return self.head(x)

    t = trainer(model=Aside(), latent="side")
    t.step(2)
    with pytest.raises(ValueError, match="does not depend on its output"):
        t.journal.add(Pulled([1], "class 2"))
    t.journal.hindrance = None  # as of a journal that was written before
    t.journal.add(Pulled([1], "class 2"))
    with pytest.raises(RuntimeError, match="does not depend on its output"):
        t.step(1)
    t.journal.undo()
    t.step(2)


def test_a_closed_trainer_says_that_it_is_closed():
    t = trainer()
    t.close()
    for call in (t.evaluate, t.latents, lambda: t.step(1)):
        with pytest.raises(RuntimeError, match="was closed"):
            call()


def test_a_model_in_training_is_copied_and_saved_like_any_other(tmp_path):
    train, _ = digit_samples()
    mine = Trainer(net(drop=0.5), train, latent="encoder", seed=0, threads=1)
    mine.step(2)
    best = copy.deepcopy(mine.model)
    torch.save(mine.model, tmp_path / "model.pt")
    latent, drawn = mine.network.tap.raw, mine.network.random.cpu.get_state()
    best.train()
    best(train.x[:4])
    assert mine.network.tap.raw is latent and torch.equal(mine.network.random.cpu.get_state(), drawn)
    assert Trainer(best, train, latent="encoder", threads=1).step(2).steps == 2


def test_a_replay_goes_through_a_run_that_was_longer_than_what_followed_its_reset():
    first = trainer()
    first.step(9)
    first.journal.add(Relabel([1, 2], "class 0"))
    first.step(4)
    first.reset()
    first.step(3)
    first.journal.add(Relabel([7], "class 2"))
    first.step(2)
    first.close()
    again = replay(first.journal, linear_net(), clusters())
    assert again.steps == 5 and len(again.journal.active) == 2
    assert same(weights(first.model), weights(again.model))


def test_a_closed_trainer_is_not_begun_again_and_its_model_stays_as_it_was():
    mine = trainer()
    mine.step(3)
    mine.close()
    before = weights(mine.model)
    for again in (mine.reset, mine.twin):
        with pytest.raises(RuntimeError, match="closed"):
            again()
    assert same(before, weights(mine.model))
    assert not any(module._forward_hooks for module in mine.model.modules())


def test_accuracy_alone_is_that_of_an_evaluation_and_leaves_no_trace_either():
    t = trainer()
    t.step(30)
    y = t.train.y.clone()
    y[:50] = -1
    part = t.train.take(np.arange(len(t.train)), y=y)
    t.network.model.train()
    assert accuracy(t.network, part) == pytest.approx(t.evaluate(part=part)["accuracy"], abs=1e-12)
    assert t.network.model.training and 0 < accuracy(t.network, part) <= 1
    assert np.isnan(accuracy(t.network, part.take(np.arange(50))))


def test_a_copy_of_the_model_keeps_its_owners_hooks_and_shares_no_list_of_them():
    passed = []
    model = linear_net()
    model[1].register_forward_hook(lambda module, args, output: passed.append(module))
    trainer = Trainer(model, clusters(), latent="0", batch_size=8, threads=1)
    copied = trainer.network.copied(trainer.initial)
    copied[0].register_forward_hook(lambda module, args, output: passed.append(module))
    passed.clear()
    copied(trainer.train.x[:2])
    assert passed == [copied[0], copied[1]]
    trainer.model(trainer.train.x[:2])
    assert passed[2:] == [model[1]]
    ours, theirs = ([vars(module) for module in each.modules()] for each in (copied, model))
    hooks = [name for name in ours[0] if name.endswith("hooks")]
    assert len(hooks) > 5
    assert all(a[name] is not b[name] for a, b in zip(ours, theirs, strict=True) for name in hooks)
    assert len({id(a[name]) for a in ours for name in hooks}) == len(ours) * len(hooks)
