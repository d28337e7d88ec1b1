"""Rehearsals: real steps and small shares that leave the model, the rows and the plan's file as they should be."""

import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.plan import rehearsal
from greenlatent.plan.costs import experience

from ..parts import clusters, digit_samples, net, same, weights


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


def test_a_few_real_steps_change_no_bit_of_the_model_and_no_random_number(plan):
    train, _ = digit_samples()
    model = net(drop=0.3, norm=True)
    before, state = weights(model), torch.random.get_rng_state()
    found = plan.rehearse(model, train, latent="encoder", steps=5, epochs=2)
    assert same(before, weights(model)) and model.training
    assert torch.equal(state, torch.random.get_rng_state())
    assert found.rows[0].accuracy is None and found.complete


def test_a_rehearsal_leaves_torch_as_many_threads_as_it_had(plan):
    train, before = digit_samples()[0], torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        plan.rehearse(net(), train, latent="encoder", steps=2)
        plan.rehearse(samples=train, share=1 / 8, candidates=["mlp 8"], epochs=1)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_what_a_rehearsal_took_is_experience_and_is_charged(plan):
    train, _ = digit_samples()
    wide = plan.estimate(net(), train=train, epochs=2).processor_seconds
    told = []
    found = plan.rehearse(
        net(), train, latent="encoder", steps=5, epochs=2, progress=lambda words, share: told.append(words)
    )
    assert "5 steps take about" in told[0] and found.price in told[0]
    assert len(plan.experience.runs) == 1 and plan.experience.runs[0].steps == 5
    narrow = plan.estimate(net(), train=train, epochs=2).processor_seconds
    assert narrow.high / narrow.low < wide.high / wide.low
    again = gl.Plan("mine", home=plan.folder.parent)
    assert plan.spent.known and plan.spent.value > 0
    assert again.spent.value == pytest.approx(plan.spent.value) and len(again.experience.runs) == 1


def test_candidates_on_a_share_come_with_accuracy_and_its_interval(plan):
    found = plan.rehearse(
        samples=gl.datasets.digits(), share=1 / 8, candidates=["tree", "linear", "mlp 32"], epochs=2
    )
    assert [row.learner for row in found.rows] == ["tree", "linear", "mlp"]
    assert [row.name for row in found.rows] == ["tree", "linear", "mlp 32"]
    for row in found.rows:
        assert 0 <= row.accuracy.low < row.accuracy.value <= row.accuracy.high <= 1
        assert row.joules.value > row.answer_joules.value > 0
    assert found.rows[1].accuracy.value > found.rows[0].accuracy.value
    frame = found.to_frame()
    assert list(frame.columns) == list(rehearsal.COLUMNS) and len(frame) == 3
    assert found.to_csv().splitlines()[0] == ",".join(rehearsal.COLUMNS)
    assert {run.family for run in plan.experience.runs} == {"tree", "linear", "mlp"}


def test_a_net_takes_as_many_steps_on_every_share(plan):
    plan.rehearse(samples=gl.datasets.digits(), share=1 / 8, candidates=["mlp 16"], epochs=1)
    steps = {run.steps for run in plan.experience.runs}
    assert steps == {math.ceil(1258 / 64)}


def test_shares_lie_within_each_other_and_hold_every_class():
    data = gl.datasets.digits()
    found = rehearsal.shares(data, 1 / 8, by=None, seed=0)
    assert [len(part) for part in found.parts] == [39, 79, 157]
    for small, large in zip(found.parts, found.parts[1:], strict=False):
        assert set(small) < set(large)
    for part in found.parts:
        assert not set(part) & set(found.valid)
        assert set(data.y[torch.as_tensor(part)].tolist()) == set(range(10))


def test_shares_of_a_part_of_the_data_are_rows_of_that_part():
    train, _ = digit_samples()
    found = rehearsal.shares(train, 1.0, by=None, seed=0)
    assert sorted([*found.parts[-1], *found.valid]) == list(range(len(train)))


def test_groups_are_kept_together():
    data = clusters(n=600)
    found = rehearsal.shares(data, 1 / 4, by="place", seed=0)
    place = np.asarray(data.groups["place"])
    assert not set(place[found.parts[-1]]) & set(place[found.valid])
    whole = sum(
        set(np.flatnonzero(place == name)) <= set(found.parts[-1]) for name in set(place[found.parts[-1]])
    )
    assert whole >= len(set(place[found.parts[-1]])) - 1  # the last is cut to the size of the share


def test_an_interrupt_keeps_what_there_is(plan, monkeypatch):
    scored, done = rehearsal.scored, []

    def interrupted(candidate, *args, **more):
        if done:
            raise KeyboardInterrupt
        done.append(candidate)
        return scored(candidate, *args, **more)

    monkeypatch.setattr("greenlatent.plan.rehearsing.scored", interrupted)
    found = plan.rehearse(samples=gl.datasets.digits(), share=1 / 8, candidates=["tree", "linear"])
    assert len(found.rows) == 1 and not found.complete and "stopped before its end" in str(found)
    assert plan.spent.known


def test_a_candidate_that_fails_late_leaves_those_that_were_done(plan):
    words_of = gl.Samples(torch.randint(0, 50, (300, 6)), torch.arange(300) % 3)
    found = plan.rehearse(samples=words_of, share=1 / 2, candidates=["tree", "mlp 8", "linear"], epochs=2)
    assert [row.name for row in found.rows] == ["tree", "linear"] and found.complete
    assert found.failed[0][0] == "mlp 8" and "does not take this data" in str(found)
    assert set(plan.book.values("tried")) == {"tree", "linear"}
    with pytest.raises(ValueError, match="does not take this data"):
        plan.rehearse(samples=words_of, share=1 / 2, candidates=["mlp 8"], epochs=2)


def test_a_size_that_no_net_has_is_refused_before_anything_runs(plan):
    with pytest.raises(ValueError, match="a transformer has one width, a multiple of 4"):
        plan.rehearse(samples=clusters(n=300), share=1 / 2, candidates=["forest 50", "transformer 33"])
    assert not plan.folder.exists()


def test_what_cannot_be_kept_is_told_all_the_same(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    plan = gl.Plan("mine", home=tmp_path / "file")
    found = plan.rehearse(samples=clusters(n=300), share=1 / 2, candidates=["tree"])
    assert found.rows[0].accuracy is not None and "could not be kept" in caplog.text
    few = plan.rehearse(net(), clusters(d=64), latent="encoder", steps=2)
    assert len(few.rows) == 1 and plan.learned == []


def test_an_interrupt_keeps_the_steps_that_were_done(plan, monkeypatch):
    from greenlatent.training.trainer import Trainer

    advance = Trainer.advance

    def interrupted(trainer):
        if trainer.steps == 4:
            raise KeyboardInterrupt
        return advance(trainer)

    monkeypatch.setattr(Trainer, "advance", interrupted)
    found = plan.rehearse(net(), clusters(d=64), latent="encoder", steps=200_000)
    assert len(found.rows) == 1 and not found.complete
    assert [run.steps for run in plan.experience.runs] == [3]


def test_each_candidate_is_charged_and_kept_as_soon_as_it_is_done(plan):
    seen = []

    def look(words, share):
        kept = gl.Plan("mine", home=plan.folder.parent)
        seen.append((len(kept.book.values("tried")), kept.spent.value))

    found = plan.rehearse(samples=clusters(n=300), share=1 / 2, candidates=["tree", "linear"], progress=look)
    assert [tried for tried, _ in seen] == [0, 1, 2]
    assert 0 == seen[0][1] < seen[1][1] < seen[2][1] == pytest.approx(found.spent.value)


def test_the_first_rehearsal_of_a_process_is_priced_with_its_imports(plan, monkeypatch):
    data = clusters(n=300)
    import sklearn.ensemble  # noqa: F401

    seconds, joules = plan.price(data, share=1 / 2, candidates=["tree"])
    monkeypatch.delitem(sys.modules, "sklearn.ensemble")
    more, dearer = plan.price(data, share=1 / 2, candidates=["tree"])
    assert more > seconds + 1 and dearer.value > joules.value + 3


def test_what_cannot_be_rehearsed_is_refused_with_what_to_do(plan):
    data, numbers = clusters(), gl.Samples(np.zeros((40, 2)), np.linspace(0, 1, 40))
    with pytest.raises(TypeError, match="samples is ndarray; give Samples"):
        plan.rehearse(net(), np.zeros((3, 64)), latent="encoder")
    with pytest.raises(ValueError, match="give a net and the name of its latent layer"):
        plan.rehearse(samples=data)
    with pytest.raises(ValueError, match="needs at least two"):
        plan.rehearse(nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 2)), gl.Samples([[1.0]], [0]), latent="0")
    with pytest.raises(ValueError, match="fewer than 20; take a larger share"):
        plan.rehearse(samples=data, share=1 / 8)
    with pytest.raises(ValueError, match="needs classes; rehearse steps instead"):
        plan.rehearse(samples=numbers, share=1 / 2)
    with pytest.raises(ValueError, match="give a part of the rows from 1/32 to 1"):
        plan.rehearse(samples=data, share=2)
    with pytest.raises(ValueError, match="candidate 'magic'"):
        plan.rehearse(samples=data, share=1 / 2, candidates=["magic"])
    with pytest.raises(ValueError, match="steps=0; give how many real steps"):
        plan.rehearse(net(), clusters(d=64), latent="encoder", steps=0)
    assert not plan.folder.exists()


@pytest.mark.skipif(os.name == "nt", reason="kills a process")
def test_a_process_killed_while_it_rehearses_leaves_a_file_that_can_be_read(tmp_path):
    code = (
        "import greenlatent as gl\n"
        "plan = gl.Plan('mine', home='.')\n"
        "plan.rehearse(samples=gl.datasets.digits(), share=1/4, candidates=['tree', 'forest 20', 'linear'],"
        " progress=lambda words, share: print(words, flush=True) if share else None)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("tree")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    found = experience.read(tmp_path / "mine" / experience.FILE)
    assert len(found.runs) >= 4 and len(found.set_aside) <= 1
    kept = gl.Plan("mine", home=tmp_path)
    assert len(kept.experience.runs) >= 4
    assert kept.spent.value > 0 and "tree" in kept.book.values("tried")
