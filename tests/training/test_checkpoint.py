import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from greenlatent.edits import Link, Move, Near, Plane, Relabel, Separate, Shift, Weigh
from greenlatent.edits.journal import Journal
from greenlatent.edits.kinds import Pulled
from greenlatent.training import checkpoint
from greenlatent.training.replay import replay
from greenlatent.training.trainer import Trainer

from ..parts import clusters, digit_samples, former, linear_net, net, same, trainer, weights


def begin(train, journal=None, **options):
    model = net(drop=0.2, norm=True)
    options = {"latent": "encoder", "batch_size": 32, "threads": 1, "journal": journal, **options}
    t = Trainer(model, train, scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.9), **options)
    t.step(30)
    t.journal.add(Relabel([1, 2], "3"))
    t.journal.add(Move([5], Near([6, 7, 8])))
    t.journal.add(Weigh([9], 2.5))
    t.step(25)
    return t


def resume(folder, train, **options):
    schedule = {"scheduler": lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.9)}
    return Trainer.load(folder, net(seed=3, drop=0.2, norm=True), train, **schedule, **options)


@pytest.mark.whole
def test_saving_changes_nothing_of_the_run(tmp_path):
    train, _ = digit_samples()
    quiet, saved = begin(train), begin(train)
    for _ in range(5):
        saved.save(tmp_path)
        saved.step(7)
    quiet.step(35)
    assert same(weights(quiet.model), weights(saved.model))


def meddled_with(seed, between=lambda run: run, **options):
    """400 steps of a run that somebody edits at random; `between(run)` comes before each of its parts."""
    rng = np.random.default_rng(seed)
    run = trainer(feedback=former(anchor=float(seed % 2), contrast=seed % 3 / 2, half_life=60), **options)
    while run.steps < 400:
        run = between(run)
        ids = rng.choice(60, 12, replace=False)
        edits = [
            Pulled(ids[:3], f"class {rng.integers(3)}"),
            Move(ids[:2], Near(ids[2:6])),
            Move(ids[:2], Plane(np.eye(5)[:, :2], np.zeros(5), rng.normal(size=(2, 2)))),
            Link(ids[:4], ids[4:8], alike=False),
            Separate("class 0", "class 1", float(rng.uniform(0.5, 3))),
            Separate(ids[:3], ids[3:6]),
            Shift("class 2", int(rng.integers(5)), float(rng.normal())),
            Relabel(ids[:2], int(rng.integers(3))),
            Weigh(ids[:3], 2.5),
        ]
        kind = rng.integers(14)
        if kind < len(edits):
            run.journal.add(edits[kind])
        elif kind == 9:
            run.journal.undo()
        elif kind == 10:
            run.journal.redo()
        elif kind == 11 and run.journal.active:
            run.journal.mute(run.journal.active[0].n)
        run = between(run)
        run.step(min(int(rng.choice([1, 3, 40, 130])), 400 - run.steps))
    return run


def copied(journal):
    """The same journal, as another process would read it."""
    copy = Journal()
    copy.header = dict(journal.header)
    for event in journal:
        copy.repeat(event)
    return copy


SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] if seed > 4 else []) for seed in range(20)]


@pytest.mark.whole
@pytest.mark.parametrize("seed", SEEDS)
def test_saving_at_any_moment_changes_nothing_whatever_pulls(seed, tmp_path):
    saved = np.random.default_rng(seed + 100)

    def between(run):
        if saved.random() < 0.5:
            for _ in range(2):
                run.save(tmp_path)
        return run

    assert same(weights(meddled_with(seed).model), weights(meddled_with(seed, between).model))


@pytest.mark.whole
@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_with_live_pulls_goes_on_bit_for_bit_and_so_does_its_replay(seed, tmp_path):
    left = np.random.default_rng(seed + 100)

    def between(run):
        if left.random() < 0.5:
            run.save(tmp_path)
            feedback = former(anchor=float(seed % 2), contrast=seed % 3 / 2, half_life=60)
            journal = copied(run.journal)
            run = Trainer.load(tmp_path, linear_net(seed=9), clusters(), journal=journal, feedback=feedback)
        return run

    whole, parted = meddled_with(seed), meddled_with(seed, between)
    assert any(event.do == "resume" for event in parted.journal)
    assert same(weights(whole.model), weights(parted.model))
    assert whole.feedback.unsatisfied() == parted.feedback.unsatisfied()
    feedback = former(anchor=float(seed % 2), contrast=seed % 3 / 2, half_life=60)
    again = replay(parted.journal, linear_net(), clusters(), steps=400, feedback=feedback)
    assert same(weights(again.model), weights(whole.model))


@pytest.mark.parametrize("steps", [0, 7])
@pytest.mark.parametrize("change", ["undo", "mute", "undo and redo", "mute and unmute"])
@pytest.mark.parametrize(
    "edit", [Pulled([5], "class 1"), Link([1], [2], alike=False), Shift("class 0", 1, 1.0), Weigh([9], 2.5)]
)
def test_an_edit_taken_back_since_the_checkpoint_is_out_of_force(edit, change, steps, tmp_path):
    first = trainer(journal=Journal(tmp_path / "journal.jsonl"))
    first.step(30)
    first.journal.add(edit)
    first.step(20)
    first.save(tmp_path)
    for do in change.split(" and "):
        (getattr(first.journal, do))(*([1] if "mute" in do else []))
        first.step(steps)
    journal = Journal.load(tmp_path / "journal.jsonl")
    second = Trainer.load(tmp_path, linear_net(seed=9), clusters(), journal=journal)
    assert second.steps == 50
    second.step(30)
    assert second.journal.active == first.journal.active
    assert second.feedback.live == (" and " in change and not isinstance(edit, Weigh))
    again = replay(second.journal, linear_net(), clusters(), steps=80)
    assert same(weights(again.model), weights(second.model))


def test_a_checkpoint_of_before_a_reset_is_not_gone_on_with(tmp_path):
    first = trainer(journal=Journal(tmp_path / "journal.jsonl"))
    first.journal.add(Pulled([1], "class 2"))
    first.step(10)
    first.save(tmp_path)
    first.reset()
    first.step(5)
    first.journal.add(Relabel([3], 1))
    journal = Journal.load(tmp_path / "journal.jsonl")
    second = Trainer.load(tmp_path, linear_net(seed=4), clusters(), journal=journal)
    assert second.steps == 0 and len(second.journal.active) == 2
    second.step(20)
    again = replay(second.journal, linear_net(), clusters(), steps=20)
    assert same(weights(again.model), weights(second.model))


def test_a_run_without_live_pulls_goes_on_bit_for_bit(tmp_path):
    train, _ = digit_samples()
    first = begin(train)
    first.journal.mute(2)  # the move; relabels and weights stay
    first.step(3)
    first.save(tmp_path)
    journal = Journal()
    journal.bind(train, {})
    for event in first.journal:
        journal.repeat(event)
    second = resume(tmp_path, train, journal=journal)
    assert second.steps == first.steps
    first.step(60)
    second.step(60)
    assert same(weights(first.model), weights(second.model)) and second.journal.active == first.journal.active
    second.reset()
    assert same(weights(second.model), first.initial)  # the first run's initial weights, not the new model's


def test_a_resumed_run_is_replayed_bit_for_bit_edits_after_the_checkpoint_included(tmp_path):
    train, _ = digit_samples()
    first = begin(train, Journal(tmp_path / "journal.jsonl"))
    first.save(tmp_path / "checkpoint")
    first.step(10)
    first.journal.add(Separate("3", "8"))
    first.step(5)  # these steps are lost, the edit is not
    journal = Journal.load(tmp_path / "journal.jsonl")
    second = resume(tmp_path / "checkpoint", train, journal=journal)
    assert second.steps == 55 and len(second.journal.active) == 4
    assert second.step(1).feedback_loss > 0
    second.step(40)
    second.journal.undo()
    second.step(10)
    second.close()
    again = replay(
        Journal.load(tmp_path / "journal.jsonl"),
        net(drop=0.2, norm=True),
        train,
        scheduler=lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.9),
    )
    assert again.steps == 106 and same(weights(again.model), weights(second.model))


def test_of_two_slots_the_newest_whole_one_is_read(tmp_path):
    for k in range(3):
        checkpoint.write(tmp_path, {"k": torch.tensor(k)}, {"k": k})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pt", "b.pt"]
    assert checkpoint.read(tmp_path)[1] == {"k": 2}
    (tmp_path / "a.pt").write_bytes(b"half a fi")
    assert checkpoint.read(tmp_path)[1] == {"k": 1}
    (tmp_path / "b.pt").write_bytes(b"")
    with pytest.raises(ValueError, match=r"no checkpoint .* can be read"):
        checkpoint.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoint.read(tmp_path / "elsewhere")


@pytest.mark.parametrize("times", [(1e9, 2e9), (2e9, 1e9), (1e9, 1e9)])
@pytest.mark.parametrize("saves", range(1, 7))
def test_the_newest_checkpoint_is_told_by_its_count_and_not_by_a_clock(saves, times, tmp_path):
    for k in range(saves):
        checkpoint.write(tmp_path, {}, {"k": k})
        for name, time in zip(checkpoint.SLOTS, times, strict=True):
            if (tmp_path / name).exists():
                os.utime(tmp_path / name, (time, time))
    shutil.copytree(tmp_path, tmp_path / "copy", copy_function=shutil.copyfile)
    for folder in (tmp_path, tmp_path / "copy"):
        assert checkpoint.read(folder)[1] == {"k": saves - 1}


def test_a_damaged_slot_is_the_next_to_be_written(tmp_path):
    for k in range(2):
        checkpoint.write(tmp_path, {}, {"k": k})
    (tmp_path / "b.pt").write_bytes(b"half a fi")
    assert checkpoint.write(tmp_path, {}, {"k": 2}).name == "b.pt"
    assert checkpoint.read(tmp_path)[1] == {"k": 2}


def test_state_survives_being_taken_apart():
    state = {
        "a": [1, 2.5, float("nan"), None, (True, "x")],
        3: {"t": torch.arange(3)},
        "tensor": "t",
        "list": [],
    }
    back = checkpoint.join(*checkpoint.split(state, "s"))
    assert repr(back) == repr(state)


def test_a_state_that_is_neither_tensor_nor_plain_is_refused_by_name(tmp_path):
    class Odd(torch.optim.SGD):
        def state_dict(self):
            return {**super().state_dict(), "hook": np.float64}

    t = trainer(optimizer=lambda p: Odd(p, lr=0.1))
    with pytest.raises(TypeError, match=r"optimizer\.hook holds type"):
        t.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    t.step(1)


def test_a_checkpoint_of_other_data_or_another_model_says_which_differs(tmp_path):
    trainer().save(tmp_path)
    with pytest.raises(ValueError, match="the data differ"):
        Trainer.load(tmp_path, linear_net(), clusters(seed=1))
    with pytest.raises(ValueError, match=r"another model: 0\.weight is \(5, 4\) there and \(5, 7\) here"):
        Trainer.load(tmp_path, linear_net(7), clusters())


def test_nothing_is_unpickled(tmp_path):
    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "pwned"),))

    torch.save({"tensors": {}, "plain": "{}", "more": Evil()}, tmp_path / "a.pt")
    with pytest.raises(ValueError, match="can be read"):
        checkpoint.read(tmp_path)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.whole
def test_a_kill_at_any_moment_loses_no_edit(tmp_path):
    """A process that edits, trains and saves as fast as it can is killed; all edits it reported are there."""
    code = f"""
        import itertools
        from greenlatent.edits import Drop
        from greenlatent.edits.journal import Journal
        from tests.parts import trainer
        t = trainer(journal=Journal({str(tmp_path / "journal.jsonl")!r}))
        for k in itertools.count():
            t.journal.add(Drop([k % 50]))
            t.step(2)
            t.save({str(tmp_path / "checkpoint")!r})
            print(k, flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    last = -1
    for line in child.stdout:
        last = int(line)
        if last >= 20:
            break
    child.send_signal(signal.SIGKILL)
    last = max([last, *(int(line) for line in child.stdout if line.strip())])
    child.wait()
    child.stdout.close()
    journal = Journal.load(tmp_path / "journal.jsonl")
    t = Trainer.load(tmp_path / "checkpoint", linear_net(), clusters(), journal=journal)
    assert len(journal.active) >= last + 1 and t.steps >= 2 * (last + 1)
    t.step(5)


def test_a_checkpoint_with_edits_asks_for_its_journal(tmp_path):
    t = trainer()
    t.journal.add(Pulled([1], "class 2"))
    t.step(2)
    t.save(tmp_path)
    with pytest.raises(ValueError, match="pass the journal that holds them"):
        Trainer.load(tmp_path, linear_net(), clusters())
