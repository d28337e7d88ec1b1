"""A session is a folder: found again, gone on with, packed into one file, and nothing else is ever taken from it."""

import io
import json
import os
import shutil
import warnings
import zipfile

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.edits import Drop, Relabel
from greenlatent.edits.journal import Journal
from greenlatent.film import tape
from greenlatent.run import session as module
from greenlatent.run.session import Session, former, unpacked
from greenlatent.training.solving.solved import Solved

from ..parts import clusters, linear_net, net, same, weights


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "greenlatent-sessions"


def lab(model=None, train=None, **options):
    train = clusters() if train is None else train
    options = {"latent": "0", "batch_size": 8, "threads": 1, "valid": clusters(seed=0), **options}
    return gl.Lab(linear_net() if model is None else model, train, **options)


def test_nothing_lies_about_before_there_is_something_to_keep(home):
    with_none = lab()
    with_none.step(5)
    with_none.close()
    assert not home.exists()


def test_a_session_goes_on_with_every_edit_and_the_weights_of_its_checkpoint(home):
    first = lab()
    first.step(20)
    first.journal.add(Relabel([3], 1))
    first.step(10)
    folder = first.save()
    assert folder.parent.name == home.name
    first.step(7)  # after the checkpoint: lost with the kernel
    first.journal.add(Drop([9]))  # but no edit is
    first.close()
    second = gl.Lab.load(folder, linear_net(), clusters(), valid=clusters(seed=0))
    assert second.trainer.steps == 30
    assert [e.edit for e in second.journal.active] == [Relabel((3,), 1), Drop((9,))]
    second.step(1)
    assert second.trainer.mending.weights[9] == 0
    second.journal.add(Relabel([5], 2))
    second.close()
    third = gl.Lab.load(folder, linear_net(), clusters())
    assert len(third.journal.active) == 3
    third.close()


def test_a_run_that_goes_on_equals_one_that_was_never_left():
    whole = lab(session="whole")
    whole.step(10)
    whole.journal.add(Relabel([3], 1))
    whole.step(10)
    whole.save()
    again = gl.Lab.load("whole", linear_net(), clusters())
    whole.step(20)
    again.step(20)
    assert same(weights(whole.trainer.model), weights(again.trainer.model))
    whole.close(), again.close()


def test_edits_without_any_checkpoint_are_in_force_from_the_start():
    first = lab(session="mine")
    first.journal.add(Relabel([3], 1))
    assert not (module.Path("mine") / "checkpoint").exists()
    second = gl.Lab.load("mine", linear_net(), clusters())
    assert second.trainer.steps == 0 and second.trainer.layer == "0"
    second.step(1)
    assert second.trainer.mending.y[3] == 1
    first.close(), second.close()


def test_a_lab_of_the_same_data_offers_the_former_session_and_forces_nothing():
    first = lab()
    first.journal.add(Relabel([3], 1))
    first.close()
    second = lab()
    assert second.former == former(second.trainer.train.fingerprint) == first.session.folder
    assert len(second.journal) == 0
    other = lab(train=clusters(66))
    assert other.former is None
    second.close(), other.close()


def test_one_file_holds_the_session(home):
    first = lab()
    first.step(5)
    first.journal.add(Relabel([3], 1))
    first.step(5)
    pack = first.save("mine.zip")
    assert set(zipfile.ZipFile(pack).namelist()) >= {"journal.jsonl", "ledger.jsonl", "checkpoint/a.pt"}
    second = gl.Lab.load(pack, linear_net(), clusters())
    assert second.session.folder != first.session.folder
    assert same(weights(first.trainer.model), weights(second.trainer.model))
    first.close(), second.close()


def test_what_was_solved_last_is_in_the_folder_and_in_the_file(home, tmp_path):
    first = lab()
    first.step(10)
    folder = first.save()
    assert not (folder / module.SOLVED).exists()
    first.journal.add(Relabel([1, 2, 3], "class 1"), by="human")
    solved = first.solve()
    x = first.trainer.train.x[:20]
    pack = first.save(tmp_path / "mine.zip")
    expected = solved.predict(x)
    first.close()
    again = Solved.load(folder / module.SOLVED, first.trainer.model)
    assert (again.predict(x) == expected).all() and again.step == 10 and again.told == solved.told
    with unpacked(pack, first.trainer.train.fingerprint) as (part, _):
        assert (part / module.SOLVED).exists()


def test_every_file_that_is_saved_holds_the_newest_weights(home):
    first = lab()
    first.journal.add(Relabel([3], 1))
    for k in range(1, 7):
        first.step(5)
        second = gl.Lab.load(first.save("mine.zip"), linear_net(seed=9), clusters())
        assert second.trainer.steps == 5 * k
        assert same(weights(first.trainer.model), weights(second.trainer.model))
        second.close()
    first.close()


def test_only_a_sessions_own_files_are_taken_from_a_file(home, tmp_path):
    pack = tmp_path / "evil.zip"
    with zipfile.ZipFile(pack, "w") as file:
        file.writestr("journal.jsonl", "{}")
        file.writestr("../outside.txt", "x")
        file.writestr("checkpoint/more.py", "x")
    with unpacked(pack, "abc") as (part, settle):
        assert [p.name for p in part.rglob("*")] == ["checkpoint", "journal.jsonl"]
        folder = settle()
    assert (folder / "journal.jsonl").read_text() == "{}" and [p.name for p in home.iterdir()] == ["abc-1"]
    assert not (home / "outside.txt").exists() and not (tmp_path / "outside.txt").exists()


def test_a_file_that_is_no_session_is_refused_in_words_and_leaves_nothing(home, tmp_path, monkeypatch):
    first = lab(session="mine")
    first.journal.add(Relabel([3], 1))
    first.step(5)
    with zipfile.ZipFile(first.save("good.zip")) as file:
        good = {name: file.read(name) for name in file.namelist()}
    first.close()
    slot = next(name for name in good if "checkpoint" in name)
    head, rest = good["journal.jsonl"].split(b"\n", 1)
    data = torch.load(io.BytesIO(good[slot]), weights_only=True)

    def changed(change):
        plain, out = json.loads(data["plain"]), io.BytesIO()
        tensors = dict(data["tensors"])
        change(plain, tensors)
        torch.save({**data, "tensors": tensors, "plain": json.dumps(plain)}, out)
        return {**good, slot: out.getvalue()}

    def packed(parts):
        with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
            warnings.simplefilter("ignore")  # of a name that is there twice
            for name, text in parts:
                file.writestr(name, text)

    for parts, words in [
        ({"readme.txt": b"x"}, "holds no journal"),
        ({"./journal.jsonl": good["journal.jsonl"]}, "holds no journal"),
        ([*good.items(), ("journal.jsonl", b"x")], "twice"),
        ({**good, "journal.jsonl": b"\n" + rest}, "cannot be read"),
        (
            {**good, "journal.jsonl": head.replace(b'"threads":1', b'"threads":99999') + b"\n" + rest},
            "threads 99999",
        ),
        (changed(lambda p, t: p["header"].update(batch_size=2**60)), "its checkpoint has batch_size"),
        (changed(lambda p, t: p.pop("feedback")), "damaged, or of another version: KeyError"),
        (
            changed(lambda p, t: t.update({"seen._loss": torch.zeros(1)})),
            "what training saw is of other shapes",
        ),
        (changed(lambda p, t: t.update({"sampler.order": torch.tensor([99])})), "not one of 60 samples"),
    ]:
        packed(parts.items() if isinstance(parts, dict) else parts)
        with pytest.raises(ValueError, match=words):
            gl.Lab.load("bad.zip", linear_net(), clusters())
        assert not list(home.iterdir()), words
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(ValueError, match="no whole zip file"):
        gl.Lab.load("text.zip", linear_net(), clusters())
    monkeypatch.setattr(module, "LARGEST", 2**14)
    with pytest.raises(ValueError, match="unpacks to more than"):
        gl.Lab.load("good.zip", linear_net(), clusters())
    assert not list(home.iterdir())


def test_checkpoints_come_at_pauses_and_every_minute_once_there_is_a_journal(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    session = Session(None, "abc")
    clock[0] = 1000.0
    assert not session.due(5, running=False)
    session.journal()
    assert session.due(5, running=False) and session.due(5, running=True)
    session._saved = (5, 1000.0)
    clock[0] = 1059.0
    assert not session.due(5, running=False)
    assert not session.due(6, running=True) and session.due(6, running=False)
    clock[0] = 1061.0
    assert session.due(6, running=True)


def test_a_folder_of_another_run_is_refused_with_the_way_out():
    first = lab(session="mine")
    first.journal.add(Relabel([3], 1))
    first.close()
    with pytest.raises(FileExistsError, match=r"Lab\.load"):
        lab(session="mine")
    with pytest.raises(FileNotFoundError, match="no session"):
        gl.Lab.load("nowhere", linear_net(), clusters())
    with pytest.raises(ValueError, match="data"):
        gl.Lab.load("mine", linear_net(), clusters(66))


def test_the_ledger_is_kept_beside_the_journal():
    first = lab(session="mine")
    first.journal.add(Relabel([3], 1))
    first.step(20)
    first.close()
    lines = [json.loads(line) for line in (module.Path("mine") / "ledger.jsonl").read_text().splitlines()]
    assert lines


def test_the_same_run_without_the_person_is_one_call_away():
    run = lab()
    run.step(10)
    run.journal.add(Relabel([3], 1))
    run.step(20)
    found = run.control()
    assert found is not None and found.edits == 1
    assert found.with_you[-1].passes == found.without[0][-1].passes == run.trainer.passes
    assert "as many samples" in str(found) and "waiting for you" in str(found)
    assert run.control(progress=lambda share: False) is None
    run.close()


def test_on_step_hears_of_steps_until_it_is_ended():
    run, heard = lab(), []
    end = run.on_step(lambda it: heard.append(it.trainer.steps))
    run.step(5)
    run.wait()
    run.step(5)
    assert heard and max(heard) >= 5
    end(), end()
    count = len(heard)
    run.step(5)
    assert len(heard) == count
    run.close()


def test_a_run_stops_where_a_suggestion_can_be_trusted():
    train, valid = gl.datasets.digits(noise="blob", seed=1).split(valid=0.3, seed=0)
    valid = gl.datasets.digits().take(valid.origin)
    run = gl.Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1, session=False)
    run.start(until="suggestion")
    assert run.wait(60)
    assert run.trainer.epoch_done and run.trainer.steps >= 50
    assert run.suggest(1)[0].trusted and np.isfinite(run.energy["suggest"].value)
    run.close()


def test_a_session_saved_before_the_first_edit_takes_the_edits_that_follow(home):
    first = lab()
    first.step(5)
    folder = first.save()
    first.journal.add(Relabel([3], 1))
    first.save("early.zip")
    first.close()
    assert [event.edit for event in Journal.load(folder / module.JOURNAL).active] == [Relabel([3], 1)]
    again = gl.Lab.load("early.zip", linear_net(), clusters())
    assert len(again.journal.active) == 1 and again.trainer.steps == 5
    again.close()


def test_a_given_journal_keeps_its_place_and_is_saved_with_the_session(home):
    one = lab(journal=Journal())
    one.step(5)
    folder = one.save()
    one.journal.add(Drop([2]))
    assert (folder / module.JOURNAL).exists() and one.journal.path is None
    one.close()


def test_what_is_no_folder_of_a_session_is_said_plainly(home, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotADirectoryError, match="file is a file, and a session is a folder"):
        lab(session="file")
    with pytest.raises(FileNotFoundError, match=r"empty is no session: it holds no journal\.jsonl"):
        gl.Lab.load("empty", linear_net(), clusters())


def test_a_file_is_only_written_where_a_folder_is(home):
    one = lab()
    one.step(1)
    for write in (one.save, one.hand_in):
        with pytest.raises(FileNotFoundError, match=r"no folder missing for mine\.zip; make it"):
            write("missing/mine.zip")
        with pytest.raises(IsADirectoryError, match=r"is a folder; name a file in it"):
            write(".")
    one.close()


@pytest.mark.parametrize("edits", [0, 1])
def test_a_lab_whose_folder_another_one_goes_on_in_says_so_once_and_writes_nothing_there(edits, monkeypatch):
    first = lab(session="mine")
    first.step(5)
    for i in range(edits):
        first.journal.add(Relabel([i], 1))
    first.save()
    second = gl.Lab.load("mine", linear_net(), clusters())
    second.step(5)
    second.save()
    second.wait()  # its own look at this pause writes into the film, too

    def kept():
        return {path: path.read_bytes() for path in module.Path("mine").rglob("*") if path.is_file()}

    while (
        tape.load(module.Path("mine") / module.FILM)[-1].header.get("step") != 10
    ):  # its film has heard of the pause
        second.runner.call(lambda: None)
    before, told = kept(), []
    monkeypatch.setattr(module, "PAUSED_SECONDS", 0.0)
    monkeypatch.setattr(first.widget, "show_error", told.append)
    first.step(5), first.wait()
    first.step(5), first.wait()
    assert first.trainer.steps == 15 and kept() == before
    assert len(told) == 1 and "nothing of it is saved any more" in told[0] and "another Lab" in told[0]
    for save in (first.save, lambda: first.save("mine.zip")):
        with pytest.raises(ValueError, match=r"Go on there, or close it and load the session again"):
            save()
    first.close()
    assert kept() == before
    second.step(5)
    second.journal.add(Drop([9]))
    second.save(), second.close()
    again = gl.Lab.load("mine", linear_net(), clusters())
    assert again.trainer.steps == 15 and len(again.journal.active) == edits + 1
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="folders that may only be read are made otherwise there")
def test_a_session_that_may_only_be_read_is_not_gone_on_with_and_says_what_to_do(tmp_path):
    first, model = lab(session="mine"), linear_net()
    first.journal.add(Relabel([3], 1))
    first.step(5)
    first.save(), first.close()
    folders = [module.Path("mine"), module.Path("mine/checkpoint")]
    before = {path: path.read_bytes() for path in module.Path("mine").rglob("*") if path.is_file()}
    for path in [*before, *folders]:
        path.chmod(0o555)
    tmp_path.chmod(0o755)
    own = os.geteuid()
    try:
        if own == 0:  # whom no mode of a file keeps out
            os.seteuid(65534)
        with pytest.raises(PermissionError, match=r"mine may only be read.*; copy the folder"):
            gl.Lab.load("mine", model, clusters())
        assert len(Journal.load("mine/journal.jsonl")) == 1
    finally:
        os.seteuid(own)
        for folder in folders:
            folder.chmod(0o755)
    assert {path: path.read_bytes() for path in before} == before
    shutil.copytree("mine", "copy")
    for path in module.Path("copy").rglob("*"):
        path.chmod(0o755)
    again = gl.Lab.load("copy", model, clusters())
    assert again.trainer.steps == 5 and len(again.journal.active) == 1
    again.close()


def test_a_full_disk_is_told_of_and_training_pictures_and_later_checkpoints_go_on(monkeypatch):
    one, told = lab(session="mine"), []
    one.journal.add(Relabel([3], 1))
    one.step(5)
    monkeypatch.setattr(module, "PAUSED_SECONDS", 0.0)
    monkeypatch.setattr(one.widget, "show_error", told.append)
    write, tries = module.checkpoint.write, []

    def full(*_):
        tries.append(one.trainer.steps)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.checkpoint, "write", full)
    for _ in range(2):
        one.step(5), one.wait()
        assert one._dashboard.feed.step == one.trainer.steps
    monkeypatch.setattr(module, "CHECKPOINT_SECONDS", 3600.0)
    one.start(2000)
    one.wait(60)
    assert one.trainer.steps == 2015 and len(tries) < 10
    assert told[0] == (
        "Training goes on, but a checkpoint could not be written. OSError: [Errno 28] No space left on device"
    )
    monkeypatch.setattr(module.checkpoint, "write", write)
    one.step(5), one.wait()
    assert gl.Lab.load("mine", linear_net(), clusters()).trainer.steps == 2020
    one.close()
