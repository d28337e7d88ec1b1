import copy
import gc
import json
import signal
import threading

import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Link, Move, Near, Relabel
from greenlatent.edits.journal import Journal
from greenlatent.lab.lab import Lab
from greenlatent.picture.embedding import Embedding
from greenlatent.statistics.relevance import permutation
from greenlatent.training.replay import replay
from greenlatent.widgets.widget import EDITED, LEFT_OUT

from ..parts import digit_samples, net, same, weights
from ..run.test_runner import wait_for


class Page:
    """The page's end of the wire: it keeps what is sent, acknowledges frames, and sends what a hand would."""

    def __init__(self, lab):
        self.lab, self.heard, self.number = lab, [], 0
        lab.widget._channel._wire = self.hear
        self.say("hello", view="v", open=True)

    def hear(self, header, buffers):
        self.heard.append((header, buffers))

    def say(self, kind, *buffers, **fields):
        self.lab.widget._hear(None, {"v": 2, "type": kind, "seq": 0, **fields}, list(buffers))

    def edit(self, edit, *ids):
        self.number += 1
        buffers = [np.asarray(i, "<u4").tobytes() for i in ids]
        self.say("edit", *buffers, client="c", number=self.number, edit=edit, seconds=1.5, frame=0)
        return self.last(("ack", "error"))

    def press(self, do, **arguments):
        self.say("command", do=do, arguments=arguments)

    def last(self, kinds):
        return next(header for header, _ in reversed(self.heard) if header["type"] in kinds)

    def status(self):
        return self.last(("status",))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lab(here):
    train, valid = digit_samples()
    lab = Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1)
    yield lab
    lab.close()


def test_after_waiting_the_accuracy_is_that_of_the_pause(lab):
    before = lab.accuracy
    lab.start(60)
    assert lab.wait(30)
    assert lab.accuracy == lab.trainer.evaluate()["accuracy"] != before


def test_a_gesture_of_the_page_closes_the_loop(lab):
    page = Page(lab)
    page.press("start")
    wait_for(lambda: lab.trainer.steps > 50)
    answer = page.edit(
        {"kind": "Move", "ids": {"buffer": 0}, "to": {"near": {"buffer": 1}}}, [7], [20, 21, 22]
    )
    assert answer["type"] == "ack" and answer["n"] == 1
    page.press("pause")
    wait_for(lambda: not lab.runner.running)
    (event,) = lab.journal.active
    assert event.edit == Move([7], Near([20, 21, 22])) and (event.by, event.seconds) == ("human", 1.5)
    assert lab.step(4).feedback_loss > 0
    assert page.status()["edits"] == 1 and page.status()["undo"]
    page.press("undo")
    assert lab.step(4).feedback_loss == 0


def test_the_same_without_a_browser(lab):
    report = lab.step(20)
    assert report.steps == 20 and report.energy.known and "model" in report.energy.badges
    lab.journal.add(Relabel([3], "5"))
    lab.journal.add(Link([4], [5], alike=False))
    assert lab.step(1).feedback_loss > 0
    lab.undo()
    assert len(lab.journal.active) == 1 and lab.step(4).feedback_loss == 0
    lab.redo()
    assert len(lab.journal.active) == 2
    assert {"train", "feedback", "view", "evaluate"} <= set(lab.energy)
    assert "step 25" in repr(lab)


def test_the_page_sees_step_accuracy_and_joules(lab):
    page = Page(lab)
    page.press("step", n=30)
    lab.wait(20)
    wait_for(lambda: page.status()["step"] == 30 and not page.status()["running"])
    status = page.status()
    assert 0 < status["accuracy"] <= 1 and status["energy"]["badges"] == pytest.approx({"model": 1.0})
    assert status["energy"]["low"] < status["energy"]["value"] < status["energy"]["high"]
    json.dumps(status)  # all of it is plain


def test_after_a_pause_the_page_has_an_exact_picture_of_the_last_step(lab):
    page = Page(lab)
    page.press("start")
    wait_for(lambda: lab.trainer.steps > 20)
    page.press("pause")
    wait_for(lambda: not lab.runner.running)
    page.say("ack", frame=page.last(("frame",))["seq"])
    wait_for(lambda: page.last(("frame",))["step"] == lab.trainer.steps and page.last(("frame",))["exact"])


def test_an_edit_is_in_the_picture_at_once_although_training_waits(lab):
    def told(name):
        return np.frombuffer(lab.widget._channel._columns[name][1], "u1")

    lab.step(1)
    page = Page(lab)
    other = int(lab.trainer.train.y[3] + 1) % 10
    page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": str(other)}, [3])
    wait_for(lambda: told("given")[3] == other and told("state")[3] & EDITED)
    page.edit({"kind": "Drop", "ids": {"buffer": 0}}, [4])
    wait_for(lambda: told("state")[4] & LEFT_OUT)
    page.press("undo")
    page.press("undo")
    wait_for(lambda: told("given")[3] == lab.trainer.train.y[3] and not told("state")[[3, 4]].any())


def test_frames_are_pulled_and_an_unwatched_lab_builds_none(lab):
    lab.step(1)
    built = []
    frame, lab.picture.frame = lab.picture.frame, lambda **o: built.append(o) or frame(**o)
    lab.start()
    wait_for(lambda: lab.trainer.steps > 500)
    assert built == []
    lab.pause()


@pytest.mark.whole
def test_watched_and_unwatched_runs_have_the_same_weights(here):
    train, valid = digit_samples()

    def run(watched):
        lab = Lab(
            net(drop=0.2, norm=True),
            train,
            valid=valid,
            latent="encoder",
            batch_size=32,
            threads=1,
            session=False,
        )
        stop = threading.Event()
        drawing = threading.Thread(target=lambda: [torch.randn(50) for _ in iter(stop.is_set, True)])
        drawing.start()
        if watched:
            page = Page(lab)
        lab.start(200)
        while not lab.wait(0.001):
            if watched:
                page.say("ack", frame=lab.widget._channel._sent[0])
        stop.set()
        drawing.join()
        lab.close()
        return weights(lab.trainer.model)

    assert same(run(False), run(True))


def test_the_journal_is_on_disk_from_the_first_edit_and_replays(lab, here):
    lab.step(5)
    assert not (here / "greenlatent-sessions").exists()
    lab.journal.add(Relabel([3], "5"))
    (file,) = here.glob("greenlatent-sessions/*/journal.jsonl")
    assert file.parent.name == f"{lab.trainer.train.fingerprint}-1"
    assert len(file.read_text().splitlines()) == 2
    lab.step(10)
    lab.close()
    again = replay(Journal.load(file), net(), lab.trainer.train)
    assert same(weights(again.model), weights(lab.trainer.model))


def test_two_labs_never_share_a_folder(here):
    train, _ = digit_samples()
    labs = [Lab(net(), train, latent="encoder", threads=1) for _ in range(2)]
    for lab in labs:
        lab.journal.add(Relabel([3], "5"))
        lab.close()
    assert len(list(here.glob("greenlatent-sessions/*/journal.jsonl"))) == 2


def test_no_session_writes_nothing(here):
    train, _ = digit_samples()
    lab = Lab(net(), train, latent="encoder", threads=1, session=False)
    lab.journal.add(Relabel([3], "5"))
    lab.close()
    assert list(here.iterdir()) == []


def test_a_bad_edit_from_the_page_is_answered_in_words(lab):
    page = Page(lab)
    answer = page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": "eleven"}, [1])
    assert answer["type"] == "error" and "no class 'eleven'" in answer["text"]
    page.press("explode")
    assert "does not know the command 'explode'" in page.last(("error",))["text"]
    page.press("start", pace=-1)
    assert "above 0" in page.last(("error",))["text"]
    assert len(lab.journal) == 0 and not lab.runner.running


def test_an_exception_in_training_reaches_the_page_and_the_person(lab):
    page = Page(lab)
    right, lab.trainer.stepper.run = lab.trainer.stepper.run, lambda _: 1 / 0
    page.press("start")
    wait_for(lambda: any(h["type"] == "error" for h, _ in page.heard))
    assert "ZeroDivisionError" in page.last(("error",))["text"]
    with pytest.raises(ZeroDivisionError):
        lab.step(1)
    lab.trainer.stepper.run = right
    lab.step(1)


def test_the_page_is_told_what_a_waiting_cell_raises_and_goes_on_at_the_next_press(lab):
    page = Page(lab)
    right, wrong = lab.trainer.stepper.run, lambda _: 1 / 0
    errors = lambda: [h["text"] for h, _ in page.heard if h["type"] == "error"]  # noqa: E731
    for run in (lambda: (lab.start(5), lab.wait(20)), lambda: lab.step(5)):
        lab.trainer.stepper.run = wrong
        with pytest.raises(ZeroDivisionError):
            run()
        wait_for(lambda: "ZeroDivisionError" in page.status()["message"])
        lab.trainer.stepper.run = right
        lab.step(3), lab.wait()
        assert page.status()["message"] == "", "what was so three steps ago"
    lab.trainer.stepper.run = wrong
    page.press("start")
    wait_for(lambda: any("Training stopped. ZeroDivisionError" in text for text in errors()))
    wait_for(lambda: not lab.runner.running)
    lab.trainer.stepper.run, steps, told = right, lab.trainer.steps, len(errors())
    page.press("step", n=2)
    wait_for(lambda: lab.trainer.steps == steps + 2)
    assert len(errors()) == told, "no press is lost on an error that was told already"


def test_a_picture_that_fails_all_the_time_is_told_of_once_in_a_run(lab, monkeypatch):
    page = Page(lab)
    monkeypatch.setattr("greenlatent.lab.dashboard.STATUS_SECONDS", 0.01)
    lab._dashboard.feed.show = lambda *_, **__: 1 / 0
    lab._dashboard.tell = lambda: 1 / 0
    lab.start(400)
    assert lab.wait(60)
    errors = [h["text"] for h, _ in page.heard if h["type"] == "error"]
    assert errors == ["Beside training something failed. ZeroDivisionError: division by zero"]


def test_a_model_that_fails_in_evaluation_and_picture_is_told_of_as_well(lab):
    page = Page(lab)
    broken = lab.trainer.model.head.register_forward_hook(lambda *_: 1 / 0)
    page.press("start")
    wait_for(lambda: any("ZeroDivisionError" in h["text"] for h, _ in page.heard if h["type"] == "error"))
    wait_for(lambda: "ZeroDivisionError" in page.status()["message"] and not page.status()["running"])
    count = len(page.heard)
    lab.runner.call(lab.run.tick)
    assert [h["type"] for h, _ in page.heard[count:]].count("error") == 0, "once is enough"
    broken.remove()
    with pytest.raises(ZeroDivisionError):
        lab.step(1)
    lab.step(3)
    wait_for(lambda: page.status()["step"] == lab.trainer.steps)


def test_a_new_lab_on_the_same_model_ends_the_old_one(here):
    train, _ = digit_samples()
    model = net()
    first = Lab(model, train, latent="encoder", threads=1)
    first.start()
    wait_for(lambda: first.trainer.steps > 3)
    second = Lab(model, train, latent="encoder", threads=1)
    assert "closed" in repr(first) and second.trainer.steps == 0
    assert same(weights(model), second.trainer.initial)
    second.close()


def test_the_dashboard_of_a_closed_lab_keeps_its_readings_and_says_that_it_is_over(lab):
    page = Page(lab)
    lab.step(5)
    lab.journal.add(Relabel([3], 1))
    lab.close()
    status = page.status()
    assert status["accuracy"] == lab.accuracy and status["step"] == 5 and not status["running"]
    assert "This Lab is closed" in status["message"] and not status["undo"] and status["edits"] == 1
    page.press("step", n=1)
    assert "make a new one" in page.last(("error",))["text"]


def test_a_lab_may_be_closed_by_its_callback(lab):
    page, heard = Page(lab), []
    lab.on_step(lambda it: (heard.append(it.trainer.steps), it.close() if it.trainer.steps >= 5 else None))
    lab.start(5)
    assert lab.wait(20)
    wait_for(lambda: "This Lab is closed" in page.status()["message"])
    wait_for(lambda: lab.runner._thread is None or not lab.runner._thread.is_alive())
    assert "This Lab is closed" in page.status()["message"]
    assert [h for h, _ in page.heard if h["type"] == "error"] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shown": 0}, "shown is a number of samples from 1 up, got 0"),
        ({"projection": "map"}, "pca, umap, tsne"),
        ({"budget": 5}, r"give gl\.Budget"),
        ({"title": 5}, "title"),
        ({"foo": 1}, "foo"),
    ],
)
def test_a_lab_that_is_refused_leaves_no_thread_and_no_owner(here, options, words):
    before = set(threading.enumerate())
    train, _ = digit_samples()
    model = net()
    with pytest.raises(Exception, match=words):
        Lab(model, train, latent="encoder", threads=1, **options)
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert not model.encoder._forward_hooks, "nobody taps it"


def test_what_is_no_number_of_steps_is_refused_in_words(lab):
    for call, words in (
        (lambda: lab.step("x"), "step takes a number of steps from 0 up, got 'x'"),
        (lambda: lab.step(1.5), "got 1.5"),
        (lambda: lab.start("x"), "start takes a number of steps from 1 up, got 'x'"),
        (lambda: lab.start(pace="fast"), "pace is a number of steps a second above 0, got 'fast'"),
        (lambda: lab.on_step(5), "on_step takes a function"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            call()
    assert lab.step(np.int64(2)).steps == 2 and not lab.runner.running


def test_closing_leaves_no_thread(here):
    before = set(threading.enumerate())
    train, _ = digit_samples()
    lab = Lab(net(), train, latent="encoder", threads=1)
    lab.start()
    wait_for(lambda: lab.trainer.steps > 3)
    lab.close()
    lab.close()
    gc.collect()
    wait_for(lambda: set(threading.enumerate()) <= before)


def test_ctrl_c_pauses_after_a_whole_step(lab):
    # a shell starts what it puts into the background with this signal ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # a real signal, as Jupyter's stop button sends it: it must wake a thread that waits for a lock
    interrupt = threading.Timer(0.2, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        lab.step(10**9)
    steps = lab.trainer.steps
    assert steps > 0 and not lab.runner.running
    interrupt.join()
    signal.signal(signal.SIGINT, before)
    assert lab.trainer.steps == steps


def test_selection_can_be_read_and_set(lab):
    page = Page(lab)
    page.say("selection", np.asarray([3, 4], "<u4").tobytes(), client="c")
    assert lab.selection.tolist() == [3, 4]
    lab.selection = [1]
    assert page.last(("selection",))["client"] is None


def test_suggestions_come_with_a_reason_and_are_metered(here):
    train, valid = digit_samples("blob")
    lab = Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1, session=False)
    lab.step(300)
    suggestions = lab.suggest(3)
    assert 0 < len(suggestions) <= 3 and all("labelled" in s.reason for s in suggestions)
    assert lab.energy["suggest"].known
    lab.close()


def test_the_page_is_shown_a_digit_on_hover(lab):
    page = Page(lab)
    page.say("preview", np.array([3, 10**6], "<u4").tobytes())
    header, buffers = next((h, b) for h, b in reversed(page.heard) if h["type"] == "preview")
    assert [sample["mime"] for sample in header["samples"]] == ["image/png", ""]
    assert bytes(buffers[1]).startswith(b"\x89PNG")


def test_a_folder_that_holds_a_journal_is_never_written_over(here):
    train, _ = digit_samples()
    lab = Lab(net(), train, latent="encoder", threads=1, session="mine")
    lab.journal.add(Relabel([3], "5"))
    lab.close()
    with pytest.raises(FileExistsError, match=r"Journal\.load"):
        Lab(net(), train, latent="encoder", threads=1, session="mine")
    assert len(Journal.load("mine/journal.jsonl")) == 1


def test_a_head_with_more_outputs_than_classes_is_shown(here):
    train, _ = digit_samples()
    few = train.take(np.flatnonzero(train.y.numpy() < 3))
    few = Samples(few.x, few.y, classes=["zero", "one", "two"])
    lab = Lab(net(), few, latent="encoder", threads=1, session=False)
    with torch.no_grad():
        lab.trainer.model.head[1].bias[9] = 50.0
    lab.step(3)
    lab.refresh()
    assert lab._dashboard.feed.step == 3 and lab.suggest() == []
    lab.close()


def test_undo_on_a_closed_lab_changes_nothing(lab):
    lab.journal.add(Relabel([3], "5"))
    lab.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.undo()
    assert len(lab.journal.active) == 1


def table(page):
    """The columns that a page which opens is sent, by name: kind and bytes."""
    page.heard.clear()
    page.say("hello", view="v", open=True)
    found = {}
    for header, buffers in page.heard:
        if header["type"] == "labels":
            for column, data in zip(header["columns"], buffers, strict=True):
                found[column["name"]] = (column, bytes(data))
    return found


def test_the_page_can_colour_by_what_training_has_seen_and_by_groups(here):
    train, valid = digit_samples()
    train.groups = {"writer": np.arange(len(train)) // 50, "loss": np.arange(len(train)) % 3}
    lab = Lab(net(), train, valid=valid, latent="encoder", session=False)
    page = Page(lab)
    before = table(page)
    assert {name: column["kind"] for name, (column, _) in before.items()} == {
        "writer": "group",
        "loss (group)": "group",
        "given": "class",
        "predicted": "class",
        "confidence": "number",
        "loss": "number",
        "state": "flags",
    }
    assert before["writer"][0]["names"][:3] == ["0", "1", "2"]
    lab.step(80)
    lab.refresh()
    after = table(page)
    assert list(after) == list(before), "columns that come later would move the plot"
    codes = np.frombuffer(after["loss"][1], "<u2")
    column = after["loss"][0]
    loss = column["lo"] + codes / 65534 * (column["hi"] - column["lo"])
    seen = lab.trainer.seen.loss.numpy()
    np.testing.assert_allclose(loss[codes < 65535], seen[~np.isnan(seen)], atol=1e-3)
    lab.close()


def test_the_page_sees_what_was_dropped_and_names_of_samples(here):
    train, valid = digit_samples()
    train.names = tuple(f"d{k}" for k in range(len(train)))
    lab = Lab(net(), train, valid=valid, latent="encoder", session=False)
    page = Page(lab)
    lab.journal.add(Drop((3, 5)))
    lab.step(1)
    lab.refresh()
    flags = np.frombuffer(table(page)["state"][1], "u1")
    assert np.flatnonzero(flags & 8).tolist() == [3, 5]
    page.say("preview", np.array([3], "<u4").tobytes())
    header = next(h for h, _ in reversed(page.heard) if h["type"] == "preview")
    assert header["samples"][0]["name"] == "d3"
    with pytest.raises(ValueError, match="no sample 99999 to select"):
        lab.selection = [99999]
    lab.close()


def test_a_copy_of_a_report_knows_its_joules(lab):
    report = lab.step(3)
    taken = copy.deepcopy(report)
    lab.meter.stop()
    assert taken.energy == report.energy and taken.loss == report.loss and taken.steps == 3


def test_after_a_reset_the_course_is_that_of_the_new_run_alone(lab):
    lab.step(20)
    lab.refresh()
    wait_for(lambda: lab.course)
    lab.trainer.reset()
    assert not any(point.step for point in lab.course)
    lab.step(6)
    wait_for(lambda: lab.course and lab.course[-1].step == 6)
    assert {point.step for point in lab.course} <= {0, 6}
    ours, mine = lab.course[-1].joules, lab.energy["train"]
    assert ours.value < mine.value, "what was spent before the reset is another run's"


def arrays(value, at):
    """What is numpy's or torch's in a value and in all that it holds, by its place."""
    if isinstance(value, np.generic | np.ndarray | torch.Tensor):
        yield f"{at} is a {type(value).__name__}"
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from arrays(key, f"a key of {at}")
            yield from arrays(part, f"{at}[{key!r}]")
    elif isinstance(value, list | tuple):
        for k, part in enumerate(value):
            yield from arrays(part, f"{at}[{k}]")
    elif type(value).__module__.startswith("greenlatent"):
        names = {*dir(type(value)), *getattr(value, "__dict__", ())}
        for name in sorted(name for name in names if not name.startswith("_")):
            if not callable(part := getattr(value, name)):
                yield from arrays(part, f"{at}.{name}")


def test_plain_python_objects_come_back(here):
    train, valid = digit_samples("blob")
    train.groups = {"writer": np.array([f"w{i % 7}" for i in range(len(train))])}
    lab = Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False)
    report = lab.step(np.int64(200))
    lab.journal.add(Relabel(np.array([3, 4]), np.int64(7)))
    lab.prioritise("writer", np.str_("w3"), np.float32(2))
    lab.step(20)
    lab.wait()
    results = {
        "step": report,
        "suggest": lab.suggest(),
        "groups": lab.groups(),
        "energy": lab.energy,
        "course": lab.course,
        "accuracy": lab.accuracy,
        "control": lab.control(),
        "evaluate": lab.trainer.evaluate(),
        "journal": list(lab.journal),
        "changes": lab.journal.changes(train),
        "agreement": lab.journal.agreement(train),
    }
    assert results["suggest"] and results["changes"]
    assert list(arrays(results, "results")) == []
    lab.close()


def test_inputs_that_are_no_numbers_are_refused_by_what_may_be_wrong(here):
    train, _ = digit_samples()
    train.x[5] = np.nan
    with pytest.raises(ValueError, match=r"where no step was done yet, the inputs hold NaN or infinity"):
        Lab(net(), train, latent="encoder", threads=1)


@pytest.mark.whole
def test_a_picture_that_is_done_before_the_first_beat_of_a_pause_is_shown(lab):
    lab._dashboard._deaf()  # the beats come when this test says so
    lab.projection = embedding = Embedding("tsne", max_iter=250)
    try:
        assert embedding.wait(120) and embedding.error is None and embedding.named == "tsne"
        shown = lab._dashboard.feed._frame
        lab._dashboard.beat()
        lab.runner.call(lambda: None)
        frame = lab._dashboard.feed._frame
        assert np.array_equal(frame.points, embedding.transform(frame.latents).numpy())
        assert not np.array_equal(frame.points, shown.points) and frame.trust != shown.trust
        lab._dashboard.beat()
        lab.runner.call(lambda: None)
        assert lab._dashboard.feed._frame is frame, "once is enough"
    finally:
        lab.close()


LONG = {
    "control": lambda lab: lab.control(),
    "suggest": lambda lab: lab.suggest(),
    "review": lambda lab: lab.review(),
    "relevance": lambda lab: permutation(lambda change: lab.trainer.evaluate(change=change)["loss"], 64),
    "steps": lambda lab: lab.trainer.step(50),
}


@pytest.mark.parametrize("what", LONG)
def test_ctrl_c_calls_off_what_takes_long_and_the_next_call_waits_for_one_part_of_it(here, what):
    train, valid = digit_samples("blob")
    train.groups = {"writer": np.array([f"w{i % 7}" for i in range(len(train))])}
    lab = Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False)
    lab.step(60)
    lab.journal.add(Drop(range(40)), by="machine")
    lab.step(1)
    lab.wait()
    goes_on, asked = lab.trainer.network.goes_on, 0

    def ask():
        nonlocal asked
        asked += lab.runner._doing is not None  # what a pause brings asks, too, and nobody called it
        if (
            asked == 3 and lab.runner._off is None
        ):  # a real signal, and this thread goes on once the main thread has heard it
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            wait_for(lambda: lab.runner._off is not None)
        goes_on()

    lab.trainer.network.goes_on = ask
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            LONG[what](lab)
        lab.runner.call(lambda: None)
        assert asked == 3
    finally:
        signal.signal(signal.SIGINT, before)
        lab.trainer.network.goes_on = goes_on
    assert LONG[what](lab) is not None
    lab.close()


def test_what_was_called_off_before_it_began_is_never_done(here):
    lab = Lab(net(), digit_samples()[0], latent="encoder", threads=1, session=False)
    begun, done = threading.Event(), []

    def long():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        begun.wait(20)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        lab.runner.post(long)
        with pytest.raises(KeyboardInterrupt):
            lab.runner.call(lambda: done.append(1))
            wait_for(lambda: False)  # where the signal came late
    finally:
        signal.signal(signal.SIGINT, before)
        begun.set()
    lab.runner.call(lambda: None)
    assert not done
    lab.close()


def test_a_lab_closes_on_a_full_disk_and_lets_go_of_everything(here):
    resource = pytest.importorskip("resource")
    before, model, (train, _) = set(threading.enumerate()), net(), digit_samples()
    lab = Lab(model, train, latent="encoder", threads=1, session="mine")
    page = Page(lab)
    lab.step(5)
    lab.journal.add(Relabel([3], "5"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        lab.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert "could not be written" in page.status()["message"]
    assert not model.encoder._forward_hooks
    assert len(Journal.load("mine/journal.jsonl")) == 1
    Lab(model, train, latent="encoder", threads=1, session=False).close()


def test_labs_of_a_script_leave_no_thread_behind_their_with(here):
    (train, _), before = digit_samples(), set(threading.enumerate())
    for _ in range(10):
        with Lab(net(), train, latent="encoder", threads=1, session=False) as lab:
            lab.step(1)
    with pytest.raises(ZeroDivisionError), Lab(net(), train, latent="encoder", session=False) as lab:
        raise ZeroDivisionError
    wait_for(lambda: set(threading.enumerate()) <= before)
    assert lab.trainer.closed


def labelled(kind):
    """Digits with labels of one kind, and a model for them."""
    train, _ = digit_samples()
    x, y = train.x[:300], train.y[:300]
    marks = torch.stack([y % 2, y < 5, y > 7], 1)
    out = {"none": 64, "one logit": 1, "several": 3}.get(kind, 10)
    labels = {
        "texts": [f"digit {v}" for v in y.tolist()],
        "one-hot": torch.nn.functional.one_hot(y, 10),
        "one logit": [None, *(y % 2).tolist()[1:]],
        "several": marks,
        "none": None,
    }
    model = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, out))
    return model, Samples(x, labels[kind], label="1" if kind == "several" else None, preview="image")


@pytest.mark.parametrize("kind", ["texts", "one-hot", "one logit", "several", "none"])
def test_a_lab_shows_labels_of_every_kind_and_says_why_where_there_are_none(here, kind):
    model, train = labelled(kind)
    with Lab(model, train, valid=train, latent="0", batch_size=32, threads=1, lr=0.01) as lab:
        page = Page(lab)
        lab.start(epochs=8)
        assert lab.wait(60) and lab.trainer.epoch_done
        page.edit({"kind": "Move", "ids": {"buffer": 0}, "to": {"near": [20]}}, [7])
        assert lab.step(4).feedback_loss > 0
        wait_for(lambda: page.status()["step"] == lab.trainer.steps)
        if kind == "none":
            with pytest.raises(ValueError, match="suggestions need classes; this data has no labels"):
                lab.suggest()
            answer = page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": "3"}, [7])
            assert answer["type"] == "error" and "no labels" in str(answer) and lab.accuracy is None
            with pytest.raises(ValueError, match="no accuracy to compare by"):
                lab.control()
        else:
            assert lab.accuracy > 0.5 and all(s.given in train.classes for s in lab.suggest())
            answer = page.edit({"kind": "Relabel", "ids": {"buffer": 0}, "label": train.classes[0]}, [7])
            assert answer["type"] == "ack" and lab.control().without
        lab.groups(), lab.view("parallel")
