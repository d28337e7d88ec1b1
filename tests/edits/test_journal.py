import csv
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Link, Move, Near, Relabel, Shift, Weigh, history, locking, logfile
from greenlatent.edits import journal as module
from greenlatent.edits.changes import Changes
from greenlatent.edits.events import Event
from greenlatent.edits.journal import Journal
from greenlatent.edits.logfile import TakenOver
from greenlatent.files import cell

from ..parts import clusters


def bound(path=None, train=None):
    train = clusters() if train is None else train
    journal = Journal(path)
    journal.bind(train, {"samples": train.fingerprint}, dims=5)
    return journal


def test_a_line_is_on_disk_when_add_returns(tmp_path):
    journal = bound(tmp_path / "journal.jsonl")
    assert not (tmp_path / "journal.jsonl").exists()  # nothing is written before there is something to keep
    journal.add(Relabel([1], "class 2"), by="human", seconds=3.5)
    head, line = (json.loads(text) for text in (tmp_path / "journal.jsonl").read_text().splitlines())
    assert head["format"] == "greenlatent journal" and head["samples"] == clusters().fingerprint
    assert line["edit"] == {"kind": "Relabel", "ids": [1], "label": "class 2"}
    assert (line["n"], line["step"], line["do"], line["by"], line["seconds"]) == (1, 0, "add", "human", 3.5)


def test_loading_gives_the_same_state(tmp_path):
    journal = bound(tmp_path / "a.jsonl")
    for i in range(4):
        journal.add(Drop([i]))
    journal.undo()
    journal.undo()
    journal.redo()
    journal.mute(1)
    journal.close(7)
    again = Journal.load(tmp_path / "a.jsonl")
    assert list(again) == list(journal) and again.active == journal.active and again.steps == 7
    again.bind(clusters(), {"samples": clusters().fingerprint})
    assert again.redo() == 4  # what was undone can still be redone
    assert Journal.load(tmp_path / "a.jsonl").active == again.active


def test_reading_a_damaged_last_line_changes_nothing_and_the_next_edit_sets_it_aside(tmp_path):
    path = tmp_path / "a.jsonl"
    journal = bound(path)
    journal.add(Drop([1]))
    journal.add(Drop([2]))
    journal.close()
    path.write_text(path.read_text() + '{"v":1,"n":3,"ste')
    before = path.read_bytes()
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"last line .* was damaged"):
            again = Journal.load(path)
    again.make_sure()
    assert len(again) == 2 and path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    again.add(Drop([3]))
    assert (tmp_path / "a.jsonl.damaged").read_text() == '{"v":1,"n":3,"ste'
    assert len(Journal.load(path)) == 3


def test_reading_what_another_is_writing_leaves_that_one_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    journal = bound(path)
    journal.add(Drop([1]))
    line = b'{"v":1,"n":2,"step":0,"t":0.0,"do":"reset"}\n'
    with path.open("ab", buffering=0) as file:
        file.write(line[:20])
        with pytest.warns(UserWarning, match="damaged"):
            reader = Journal.load(path)
        file.write(line[20:])
    with pytest.raises(TakenOver):
        reader.add(Drop([3]))
    assert path.read_bytes().endswith(line)


def test_a_journal_in_a_folder_that_may_only_be_read_is_read(tmp_path):
    bound(path := tmp_path / "a.jsonl").add(Drop([1]))
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert len(Journal.load(path)) == 1
    finally:
        tmp_path.chmod(0o700)


def test_damage_in_the_middle_names_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    journal = bound(path)
    journal.add(Drop([1]))
    journal.add(Drop([2]))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "garbage", lines[2]]) + "\n")
    with pytest.raises(ValueError, match="line 2 is damaged"):
        Journal.load(path)


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"some": "json"}\n{"more": 1}\n')
    with pytest.raises(ValueError, match="line 1 is damaged"):
        Journal.load(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").write_text("")
    with pytest.raises(ValueError, match="not a greenlatent journal"):
        Journal.load(tmp_path / "b.jsonl")


def test_an_existing_journal_is_never_overwritten(tmp_path):
    bound(tmp_path / "a.jsonl").add(Drop([1]))
    with pytest.raises(FileExistsError, match=r"Journal\.load"):
        Journal(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Drop([60]), "names sample 60, but there are 60"),
        (Move([1], Near([99])), "names sample 99"),
        (Relabel([1], "class 9"), "no class 'class 9'; the classes are class 0, class 1, class 2"),
        (Relabel([1], 3), "class 3 is out of range"),
        (Relabel([1], 0.5), "labels are classes here"),
        (Move([1], "nowhere"), "no class 'nowhere'"),
        (Shift("class 1", 5, 1.0), "this layer has 5"),
        (Shift("class 1", [1, 0], 1.0), "this layer has 5"),
    ],
)
def test_an_edit_that_does_not_fit_the_data_changes_nothing(edit, words):
    journal = bound()
    with pytest.raises(ValueError, match=words):
        journal.add(edit)
    assert len(journal) == 0 and journal.version == 0


def test_class_edits_raise_on_regression():
    journal = bound(train=Samples(np.zeros((5, 2)), np.linspace(0, 1, 5)))
    with pytest.raises(ValueError, match="regression"):
        journal.add(Move([1], "class 1"))
    journal.add(Relabel([1], 0.25))


def test_a_journal_of_other_data_is_refused(tmp_path):
    bound(tmp_path / "a.jsonl").add(Drop([1]))
    other = clusters(seed=1)
    with pytest.raises(ValueError, match="pass the data it was made with"):
        Journal.load(tmp_path / "a.jsonl").bind(other, {"samples": other.fingerprint})


def test_mended_data_are_the_ones_to_take_home(tmp_path):
    train = Samples(
        np.zeros((4, 2)),
        [0, 0, 1, 1],
        classes=["=calm", "busy"],
        groups={"who": ["@ann", "ben", "ann", "ben"]},
        names=["a", "b", "c", "d"],
    )
    journal = bound(train=train)
    journal.add(Relabel([0], "busy"), by="human")
    journal.add(Drop([3]))
    journal.add(Relabel([1], "busy"), by="human")
    journal.undo()
    mended = journal.mended(train)
    assert mended.y.tolist() == [1, 0, 1] and mended.names == ("a", "b", "c")
    assert mended.origin.tolist() == [0, 1, 2]
    changes = journal.changes(train)
    assert [(row["name"], row["old"], row["new"], row["weight"], row["by"]) for row in changes] == [
        ("a", "=calm", "busy", 1.0, "human"),
        ("d", "busy", "busy", 0.0, "code"),
    ]
    changes.to_csv(tmp_path / "changes.csv")
    with open(tmp_path / "changes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["old"] == "'=calm" and rows[0]["who"] == "'@ann"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("=1", "'=1"),
        ("a;=1+1", "a;'=1+1"),
        (";@x", ";'@x"),
        ("\n=1", "'\n'=1"),
        ("\tx", "'\tx"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1;\uff0d2", "'\uff0b1;'\uff0d2"),
        ("a-b; -c", "a-b; -c"),
        (-1.5, -1.5),
    ],
)
def test_no_text_becomes_a_formula(text, made, tmp_path):
    assert cell(text) == made
    Changes([{"name": text, "new": "x"}]).to_csv(tmp_path / "changes.csv")
    assert (tmp_path / "changes.csv").read_bytes().startswith(b'"name","new"\r\n"')


def test_agreement_is_kappa_between_people_and_with_oneself():
    train = clusters(30)
    journal = Journal()
    for i in range(20):
        journal.add(Relabel([i], i % 3), by="Ada")
        journal.add(Relabel([i], "class 0" if i < 5 else i % 3), by="Bo")
    journal.add(Relabel([0, 1, 2], 1), by="Ada")
    undone = journal.add(Relabel([3], 2), by="Ada")
    journal.mute(undone)
    ada, between = journal.agreement(train)
    assert (ada.a, ada.b, ada.n) == ("Ada", "Ada", 3) and ada.share == pytest.approx(1 / 3)
    first = [1, 1, 1, *[i % 3 for i in range(3, 20)]]
    second = [0 if i < 5 else i % 3 for i in range(20)]
    assert (between.a, between.b, between.n) == ("Ada", "Bo", 20)
    seen = sum(x == y for x, y in zip(first, second, strict=True)) / 20
    chance = sum(first.count(c) * second.count(c) for c in range(3)) / 400
    assert between.share == seen and between.kappa == pytest.approx((seen - chance) / (1 - chance))


def test_an_edit_says_whether_it_came_before_during_or_after_training(tmp_path):
    journal = bound(tmp_path / "journal.jsonl")
    journal.add(Drop([1]))
    journal.step = 5
    journal.add(Drop([2]))
    journal.close(9)
    again = Journal.load(tmp_path / "journal.jsonl")
    again.step = 9
    again.add(Drop([3]))
    again.step = 10  # it was gone on with
    again.add(Drop([4]))
    assert [event.stage for event in again] == ["before", "during", "after", "during"]
    again.header["stage"] = "pilot"  # what the run was told to be is not guessed
    again.add(Drop([5]))
    assert list(again)[-1].stage == "pilot"


def test_edits_from_eight_threads_are_neither_lost_nor_doubled(tmp_path):
    journal = bound(tmp_path / "a.jsonl")

    def work(k):
        for i in range(50):
            journal.add(Weigh([k], i))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Journal.load(tmp_path / "a.jsonl")
    assert [event.n for event in again] == list(range(1, 401))
    for k in range(8):
        assert [e.edit.weight for e in again if e.edit.ids == (k,)] == list(range(50))


def test_of_two_journals_on_one_file_the_second_writer_is_refused_and_nothing_is_lost(tmp_path):
    bound(path := tmp_path / "journal.jsonl").add(Relabel([1], 0))
    here, there = Journal.load(path), Journal.load(path)
    there.add(Relabel([2], 0))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="another Lab"):
        here.add(Relabel([3], 0))
    assert len(here) == 1 and path.read_bytes() == before
    there.add(Relabel([4], 0))
    here.close(7)  # and its end does not get in between
    there.undo()
    assert [event.do for event in Journal.load(path)] == ["add", "add", "add", "undo"]


def test_who_had_the_journal_before_may_note_late_that_he_is_done(tmp_path):
    first = bound(path := tmp_path / "journal.jsonl")
    first.add(Relabel([1], 0))
    second = Journal.load(path)
    first.close(5)
    second.add(Relabel([2], 0))
    assert len(Journal.load(path)) == 2


def test_whatever_would_leave_out_every_sample_is_refused_and_changes_nothing(tmp_path):
    journal = bound(path := tmp_path / "journal.jsonl")
    n = len(journal._samples)
    one, other, everything = range(n // 2), range(n // 2, n), range(n)
    for edit in (Drop(everything), Weigh(everything, 0)):
        with pytest.raises(ValueError, match=r"leave out every training sample.*put others back"):
            journal.add(edit)
    first = journal.add(Drop(one))
    with pytest.raises(ValueError, match="leave out every"):
        journal.add(Weigh(other, 0))
    back = journal.add(Weigh(one, 0.5))
    journal.add(Drop(other))
    journal.undo()
    journal.mute(back)
    before = path.read_bytes(), journal.version
    with pytest.raises(ValueError, match="leave out every"):
        journal.redo()
    assert (path.read_bytes(), journal.version) == before
    journal.unmute(back)
    journal.redo()
    with pytest.raises(ValueError, match="leave out every"):
        journal.mute(back)
    journal.mute(first)
    journal.mute(back)
    with pytest.raises(ValueError, match="leave out every"):
        journal.unmute(first)
    before = [event.n for event in journal.active]
    assert [event.n for event in Journal.load(path).active] == before


def test_who_listens_hears_every_event_once_it_is_on_disk_and_the_journal_free(tmp_path):
    journal, heard = bound(path := tmp_path / "journal.jsonl"), []

    def hear(event):
        free = threading.Thread(
            target=lambda: heard.append((event, len(Journal.load(path)), len(journal.active)))
        )
        free.start()  # another thread gets the lock
        free.join(10)
        assert not free.is_alive()

    end = journal.listen(hear)
    journal.add(Drop([1]))
    journal.add(Drop([2]))
    journal.undo()
    journal.redo()
    journal.mute(1)
    journal.unmute(1)
    journal.resume(3)
    journal.reset()
    journal.repeat(Event(9, 0, 0.0, "add", Drop([3])))
    assert [event for event, _, _ in heard] == list(journal)
    assert [lines for _, lines, _ in heard] == list(range(1, 10))
    assert [active for *_, active in heard] == [1, 2, 1, 2, 1, 2, 2, 2, 3]
    end()
    end()
    journal.add(Drop([4]))
    assert len(heard) == 9


def test_what_was_not_written_is_not_told():
    journal, heard = bound(), []
    journal.listen(heard.append)
    assert journal.undo() is None and journal.redo() is None
    with pytest.raises(ValueError):
        journal.add(Drop([10_000]))
    journal.reset()
    assert heard == []


def test_a_listener_that_raises_is_logged_and_keeps_nobody_else_from_hearing(caplog):
    journal, heard = bound(), []

    def broken(event):
        raise RuntimeError("no page")

    journal.listen(broken)
    journal.listen(heard.append)
    end = journal.listen(heard.append)
    assert journal.add(Drop([1])) == 1 and len(heard) == 2  # the same function twice, and each ends alone
    end()
    journal.undo()
    assert [event.do for event in heard] == ["add", "add", "undo"]
    assert [record.getMessage() for record in caplog.records] == [
        "a listener of the journal failed on line 1",
        "a listener of the journal failed on line 2",
    ]


def test_saving_writes_the_whole_journal(tmp_path):
    journal = bound()
    journal.add(Link([1], [2], alike=False))
    journal.mute(1)
    journal.save(tmp_path / "copy.jsonl")
    assert list(Journal.load(tmp_path / "copy.jsonl")) == list(journal)


class AgainstAPlainModel(RuleBasedStateMachine):
    """Undo, redo and mute in any order do what two stacks and a set do."""

    def __init__(self):
        super().__init__()
        self.journal = bound()
        self.done, self.undone, self.muted = [], [], set()

    @rule(i=st.integers(0, 59))
    def add(self, i):
        self.done.append(self.journal.add(Drop([i])))
        self.undone.clear()

    @rule()
    def undo(self):
        n = self.journal.undo()
        assert n == next((n for n in reversed(self.done) if n not in self.muted), None)
        if n is not None:
            self.done.remove(n)
            self.undone.append(n)

    @rule()
    def redo(self):
        n = self.journal.redo()
        assert n == (self.undone[-1] if self.undone else None)
        if self.undone:
            self.done.append(self.undone.pop())

    @precondition(lambda self: set(self.done) - self.muted)
    @rule(data=st.data())
    def mute(self, data):
        n = data.draw(st.sampled_from(sorted(set(self.done) - self.muted)))
        self.journal.mute(n)
        self.muted.add(n)

    @precondition(lambda self: self.muted)
    @rule(data=st.data())
    def unmute(self, data):
        n = data.draw(st.sampled_from(sorted(self.muted)))
        self.journal.unmute(n)
        self.muted.remove(n)

    @invariant()
    def same_edits_in_force(self):
        assert [e.n for e in self.journal.active] == sorted(n for n in self.done if n not in self.muted)
        assert self.journal.can_undo == bool(set(self.done) - self.muted) and self.journal.can_redo == bool(
            self.undone
        )


AgainstAPlainModel.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestJournalAgainstAPlainModel = AgainstAPlainModel.TestCase


def test_what_is_no_edit_is_refused_in_words():
    with pytest.raises(TypeError, match="add takes an edit such as Relabel"):
        bound().add("relabel")


def test_a_journal_without_a_trainer_is_read_again(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    journal.add(Relabel([1], 0))
    journal.close(0)
    assert len(Journal.load(tmp_path / "j.jsonl")) == 1


def test_a_disk_that_was_full_for_a_while_costs_the_refused_edit_alone(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "j.jsonl"
    journal = Journal(path)
    journal.add(Relabel([1], 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 30, hard))  # room for half a line
    try:
        with pytest.raises(OSError):
            journal.add(Relabel([2], 0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(journal) == 1
    journal.add(Relabel([3], 0))
    journal.close(0)
    assert [event.edit.ids for event in Journal.load(path)] == [(1,), (3,)]


def test_ctrl_c_while_the_disk_is_forced_leaves_a_whole_journal(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "j.jsonl")
    journal.begin()
    journal._file._synced = -10.0

    def interrupted(number):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", interrupted)
        journal.add(Relabel([1], 0))
    journal.add(Relabel([2], 0))
    journal.close(0)
    assert [event.edit.ids for event in Journal.load(tmp_path / "j.jsonl")] == [(2,)]


@pytest.mark.parametrize("closed", [False, True])
def test_a_file_that_was_deleted_is_written_anew_with_the_next_edit(tmp_path, closed):
    path = tmp_path / "folder" / "j.jsonl"
    journal = Journal(path)
    journal.add(Relabel([1], 0))
    if closed:
        journal.close(3)
    shutil.rmtree(path.parent)
    journal.add(Relabel([2], 0))
    journal.add(Relabel([3], 0))
    journal.close(5)
    assert len(Journal.load(path)) == 3 and Journal.load(path).steps == 5


def test_a_file_that_was_deleted_stays_away_when_nothing_follows(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    journal.add(Relabel([1], 0))
    journal.path.unlink()
    journal.close(3)
    assert not journal.path.exists()


def test_a_file_that_an_editor_saved_again_gets_the_edits_that_follow(tmp_path):
    path = tmp_path / "j.jsonl"
    journal = Journal(path)
    journal.add(Relabel([1], 0))
    (tmp_path / "again").write_bytes(path.read_bytes())
    os.replace(tmp_path / "again", path)
    journal.add(Relabel([2], 0))
    journal.close(3)
    assert len(Journal.load(path)) == 2


@pytest.mark.parametrize(
    "line",
    [
        '{"v":1,"do":"close"}',
        '{"v":1,"n":1,"step":"x","t":0,"do":"reset"}',
        '{"v":1,"n":1,"step":1.5,"t":0,"do":"reset"}',
        "[" * 100_000,
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path, line):
    path = tmp_path / "j.jsonl"
    journal = Journal(path)
    journal.begin()
    journal.close(3)
    head, end = path.read_text().splitlines()
    path.write_text("\n".join([head, line, end, ""]))
    with pytest.raises(ValueError, match="line 2 is damaged"):
        Journal.load(path)


def empty(path):
    return bound(path)


def some(path):
    journal = bound(path)
    for i in range(3):
        journal.add(Drop([i]))
    journal.undo()
    journal.step = 4
    return journal


def deleted(path):
    journal = some(path)
    path.unlink()
    return journal


def damaged(path):
    some(path).close(4)
    with path.open("ab") as file:
        file.write(b'{"v":1,"n":5')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Journal.load(path)


def muted(path):
    journal = some(path)
    journal.mute(1)
    return journal


DEEDS = {
    "begin": (empty, lambda journal: journal.begin()),
    "the first edit": (empty, lambda journal: journal.add(Drop([7]))),
    "an edit": (some, lambda journal: journal.add(Drop([7]))),
    "undo": (some, lambda journal: journal.undo()),
    "redo": (some, lambda journal: journal.redo()),
    "mute": (some, lambda journal: journal.mute(1)),
    "unmute": (muted, lambda journal: journal.unmute(1)),
    "reset": (some, lambda journal: journal.reset()),
    "resume": (some, lambda journal: journal.resume(2)),
    "close": (some, lambda journal: journal.close(9)),
    "an edit after the file was deleted": (deleted, lambda journal: journal.add(Drop([7]))),
    "an edit after a damaged end": (damaged, lambda journal: journal.add(Drop([7]))),
}


def interrupted(deed, at):
    """Do it, with Ctrl-C at the so-manieth line that runs in the journal's files; whether it came to that."""
    files, count, came = {each.__file__ for each in (module, history, logfile, locking)}, 0, False

    def trace(frame, event, arg):
        nonlocal count, came
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            count += 1
            if count == at:
                came = True
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        deed()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return came


def state(journal):
    return list(journal), journal.active, journal.can_undo, journal.can_redo


def agrees(journal, path, ignoring_damage=False):
    """The file says what memory says, if it is there; two more edits are kept, and others may have the file."""
    there = path.exists() and path.stat().st_size > 0
    if there:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if ignoring_damage else "error")
            assert state(Journal.load(path)) == state(journal)
        with path.open("rb") as other:
            locking.lock(other.fileno(), patience=0)  # nobody holds it
    journal.add(Drop([8]))
    journal.add(Drop([9]))
    assert state(Journal.load(path)) == state(journal)
    journal.close(11)
    assert Journal.load(path).steps == 11
    return there


# one that came while a file was being opened or closed leaves that to Python
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("name", DEEDS)
def test_ctrl_c_at_any_line_leaves_disk_and_memory_alike(tmp_path, monkeypatch, name):
    monkeypatch.setattr(os, "fsync", lambda number: None)  # it is a hundred times what all else takes
    prepare, deed = DEEDS[name]
    at = there = 0
    while True:
        at += 1
        (folder := tmp_path / str(at)).mkdir()
        journal = prepare(path := folder / "a.jsonl")
        came = interrupted(lambda journal=journal: deed(journal), at)
        there += agrees(journal, path, ignoring_damage=prepare is damaged)
        if not came:
            break
    assert at > 30 and there > 1, "the lines of the journal were not met"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers that interrupt are a thing of Unix")
def test_three_thousand_signals_at_any_moment_spoil_no_journal(tmp_path):
    rng, came = random.Random(0), 0
    deeds = [(prepare, deed) for name, (prepare, deed) in DEEDS.items() if prepare is not deleted]

    def ctrl_c(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ctrl_c)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # a file that was being opened just then
            for k in range(100_000):
                if came == 3000:
                    break
                (folder := tmp_path / str(k)).mkdir()
                prepare, deed = rng.choice(deeds)
                journal = prepare(path := folder / "a.jsonl")
                done = False
                try:
                    signal.setitimer(signal.ITIMER_REAL, rng.uniform(2e-5, 6e-4))
                    deed(journal)
                    done = True
                    signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    came += not done
                signal.setitimer(signal.ITIMER_REAL, 0)
                agrees(journal, path, ignoring_damage=prepare is damaged)
                shutil.rmtree(folder)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert came == 3000


PAIR = """
import sys
from pathlib import Path
from greenlatent.edits import Drop
from greenlatent.edits.journal import Journal, TakenOver
who, folder, go = int(sys.argv[1]), Path(sys.argv[2]), sys.stdin
for line in go:
    journal = Journal.load(folder / f"{line.strip()}.jsonl")
    print("ready", flush=True)
    go.readline()
    try:
        journal.add(Drop([who]))
        said = "kept"
    except TakenOver:
        said = "taken over"
    journal.close()
    print(said, flush=True)
"""


def pairs(folder, count):
    """Two processes take up one session at the same time, so often; how often each was told what."""
    first = bound(folder / "first.jsonl")
    first.begin()
    first.close(0)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PAIR, str(who), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(module.__file__).parents[1],
        )
        for who in (1, 2)
    ]
    told = {}

    def say(text):
        for one in both:
            one.stdin.write(text)
        for one in both:
            one.stdin.flush()

    try:
        for k in range(count):
            shutil.copy(folder / "first.jsonl", path := folder / f"{k}.jsonl")
            say(f"{k}\n")
            assert [one.stdout.readline() for one in both] == ["ready\n"] * 2
            say("go\n")
            said = [one.stdout.readline().strip() for one in both]
            kept = [who for who, words in zip((1, 2), said, strict=True) if words == "kept"]
            assert [event.edit.ids[0] for event in Journal.load(path)] == kept, (k, said)
            told[tuple(sorted(said))] = told.get(tuple(sorted(said)), 0) + 1
            path.unlink()
    finally:
        for one in both:
            one.stdin.close()
            one.wait()
            one.stdout.close()
    return told


@pytest.mark.whole
def test_of_two_processes_on_one_session_one_is_kept_and_the_other_hears_of_it(tmp_path):
    assert pairs(tmp_path, 100) == {("kept", "taken over"): 100}


@pytest.mark.slow
def test_of_ten_thousand_pairs_of_processes_no_edit_that_was_acknowledged_is_lost(tmp_path):
    assert pairs(tmp_path, 10_000) == {("kept", "taken over"): 10_000}


def test_who_waits_for_a_file_that_another_holds_is_told_so(tmp_path):
    bound(path := tmp_path / "a.jsonl").add(Drop([1]))
    with path.open("ab") as one, path.open("ab") as other:
        locking.lock(one.fileno())
        with pytest.raises(TimeoutError, match="another process has held the file"):
            locking.lock(other.fileno(), patience=0)
        locking.unlock(one.fileno())
        locking.lock(other.fileno(), patience=0)


def test_a_full_disk_at_the_end_costs_the_number_of_steps_alone(tmp_path):
    resource = pytest.importorskip("resource")
    journal = bound(path := tmp_path / "j.jsonl")
    journal.add(Relabel([1], 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, hard))
    try:
        journal.close(3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(Journal.load(path)) == 1


def test_where_the_file_system_knows_no_locks_the_journal_goes_on_and_says_so_once(
    tmp_path, monkeypatch, caplog
):
    fcntl = pytest.importorskip("fcntl")

    def unable(descriptor, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unable)
    locking._warn.cache_clear()
    journal = bound(path := tmp_path / "a.jsonl")
    for i in range(3):
        journal.add(Drop([i]))
    journal.close()
    assert len(Journal.load(path)) == 3
    assert sum("no locks on this file system" in record.message for record in caplog.records) == 1


def test_whoever_listens_hears_of_each_event_once_it_is_on_disk_and_the_lock_is_free(tmp_path):
    journal, heard, free = bound(path := tmp_path / "a.jsonl"), [], []

    def ask():
        free.append(journal.lock.acquire(timeout=5))
        journal.lock.release()

    def hear(event):
        asked = threading.Thread(target=ask)
        asked.start(), asked.join()
        heard.append((event.do, sum(1 for line in path.read_text().splitlines()) - 1))

    end = journal.listen(hear)
    journal.add(Drop([1]))
    journal.undo(), journal.redo(), journal.mute(1), journal.unmute(1)
    journal.undo(), journal.undo()  # of the second there is nothing to tell
    with pytest.raises(ValueError):
        journal.add(Drop([10_000]))
    journal.reset()
    told = ["add", "undo", "redo", "mute", "unmute", "undo", "reset"]
    assert heard == [(do, n + 1) for n, do in enumerate(told)] and all(free)
    end(), end()
    journal.redo()
    assert len(heard) == len(told)


def test_a_listener_that_fails_costs_no_edit_and_no_other_listener(caplog):
    journal, heard = bound(), []
    journal.listen(lambda event: 1 / 0)
    journal.listen(lambda event: heard.append(event.n))
    assert journal.add(Drop([1])) == 1 and heard == [1] and len(journal.active) == 1
    assert "a listener of the journal failed" in caplog.text
