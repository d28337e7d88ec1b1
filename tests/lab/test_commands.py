import re
import threading

import numpy as np
import pytest

from greenlatent.lab.commands import AT_ONCE, ON_THE_RUN

from ..house.source import CHECKOUT
from ..run.test_runner import wait_for
from .test_lab import Page, here, lab  # noqa: F401


def test_the_table_holds_the_commands_of_the_protocol_and_no_other(lab):  # noqa: F811
    told = re.search(r"`do: ([a-z, ]+)`", (CHECKOUT / "js" / "PROTOCOL.md").read_text()).group(1).split(", ")
    told.remove("brush")  # of a Parallel alone, which offers something beside a brush
    assert sorted(lab._commands.table) == sorted(told)
    assert {thread for _, thread in lab._commands.table.values()} == {AT_ONCE, ON_THE_RUN}


def test_each_command_is_done_on_the_thread_that_the_table_says(lab):  # noqa: F811
    table, threads = lab._commands.table, {}
    for word, (_, thread) in list(table.items()):
        table[word] = (
            lambda word=word, **_: threads.update({word: threading.current_thread().name}),
            thread,
        )
    page = Page(lab)
    for word in table:
        page.press(word)
    lab.runner.call(lambda: None)
    page_own = threading.current_thread().name
    assert threads == {
        word: page_own if thread == AT_ONCE else "greenlatent runner" for word, (_, thread) in table.items()
    }


@pytest.mark.parametrize("thread", [AT_ONCE, ON_THE_RUN])
def test_an_error_is_told_to_the_page_in_words_whichever_thread_it_comes_on(lab, thread):  # noqa: F811
    def fail():
        raise RuntimeError("this cannot be done now")

    page = Page(lab)
    lab._commands.table["refresh"] = (fail, thread)
    page.press("refresh")
    wait_for(lambda: any(header["type"] == "error" for header, _ in page.heard))
    assert "this cannot be done now" in page.last(("error",))["text"]


def test_an_argument_that_a_command_has_not_is_answered_on_the_page(lab):  # noqa: F811
    page = Page(lab)
    page.press("accept", nonsense=1)
    wait_for(lambda: any(header["type"] == "error" for header, _ in page.heard))
    assert "nonsense" in page.last(("error",))["text"]


def test_axes_are_ranked_only_where_some_are_shown(lab):  # noqa: F811
    page = Page(lab)
    page.press("relevance", statistic="f_ratio")
    wait_for(lambda: any(header["type"] == "error" for header, _ in page.heard))
    assert "no axes are shown" in page.last(("error",))["text"]


def test_a_pace_of_an_epoch_makes_it_last_a_second(lab):  # noqa: F811
    paces = []
    lab._commands.run.start = lambda steps, *, pace, until: paces.append(pace)
    lab._commands._start(pace="epoch")
    lab._commands._start(pace=30)
    assert paces == [-(-len(lab.trainer.train) // lab.trainer.batch_size), 30]
    with pytest.raises(ValueError, match="None or \"epoch\", got 'slow'"):
        lab._commands._start(pace="slow")


def asked(page, lab, name, ids, k=30):  # noqa: F811
    """The ids that the kernel answers with, and why there are none."""
    page.say("crowd", np.array(ids, "<u4").tobytes(), name=name, k=k)
    wait_for(lambda: any(header.get("name") == name for header, _ in page.heard))
    header, (data,) = next(each for each in page.heard if each[0].get("name") == name)
    return np.frombuffer(data, "<u4").tolist(), header["text"]


def test_a_page_is_told_the_crowd_of_a_sample_while_training_runs_and_after_it_was_closed(lab):  # noqa: F811
    page = Page(lab)
    assert asked(page, lab, "a", [7]) == (lab.crowd(7).tolist(), "")
    lab.start()
    ids, why = asked(page, lab, "b", [7], k=10)
    lab.pause()
    assert ids[0] == 7 and len(ids) == 10 and why == ""
    assert asked(page, lab, "c", [99_999]) == ([], "a crowd lies around samples from 0 to 1257, got [99999]")
    assert asked(page, lab, "d", [7], k=0) == ([], "a crowd has one sample or more, got k=0")
    assert [e.edit for e in lab.journal] == [] and "suggest" in lab.energy
    lab.close()
    ids, why = asked(page, lab, "e", [7])
    assert ids == [] and why.startswith("this Lab was closed")


def test_a_view_beside_the_dashboard_is_told_of_crowds_too(lab):  # noqa: F811
    view, heard = lab.view("scatter"), []
    view._channel._wire = lambda header, buffers: heard.append((header, buffers))
    ids = np.array([7], "<u4").tobytes()
    view._hear(None, {"v": 2, "type": "crowd", "seq": 0, "name": "a", "k": 5}, [ids])
    wait_for(lambda: any(header["type"] == "crowd" for header, _ in heard))
    (data,) = next(buffers for header, buffers in heard if header["type"] == "crowd")
    assert np.frombuffer(data, "<u4").tolist() == lab.crowd(7, 5).tolist()
