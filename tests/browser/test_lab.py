"""The loop in a real browser: a gesture becomes an edit, the edit a loss, the loss a new picture."""

import re

import pytest

from tests.browser.harness import Notebook, wait_until
from tests.browser.plot import Plot

MODEL = """
import torch
import greenlatent as gl

train, valid = gl.datasets.digits().split(valid=0.3, seed=0)

def network():
    torch.manual_seed(0)
    model = torch.nn.Sequential()
    model.add_module("encoder", torch.nn.Sequential(
        torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 16)))
    model.add_module("head", torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(16, 10)))
    return model

def slowly(parameters):
    return torch.optim.Adam(parameters, 1e-4)

model = network()
"""
LAB = "lab = gl.Lab(model, train, valid=valid, latent='encoder', seed=0, optimizer=slowly, threads=1)\nlab"
SAME = "all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), {}.state_dict().values()))"


@pytest.fixture
def plot(tab: Notebook) -> Plot:
    """A fresh Lab on the screen, its points drawn; the kernel goes on from test to test."""
    tab.show(MODEL, LAB)
    return Plot(tab)


def test_points_are_drawn_in_light_and_in_dark(plot: Plot):
    """1,257 points of a few pixels each; some lie behind others."""
    for theme in ("light", "dark"):
        plot.notebook.theme(theme)
        assert wait_until(lambda: plot.coloured() > 3000, f"points in the {theme} theme")
        plot.notebook.photograph(plot.root, f"lab-{theme}")
    plot.notebook.theme("light")


def test_buttons_step_run_and_pause(plot: Plot):
    kernel = plot.notebook
    plot.button("One training step").click()
    kernel.wait_kernel("lab.trainer.steps == 1")
    plot.button("Ten training steps").click()
    kernel.wait_kernel("lab.trainer.steps == 11")
    plot.button("Run training").click()
    kernel.wait_kernel("lab.trainer.steps > 60")
    plot.button("Pause training").click()
    kernel.wait_kernel("not lab.runner.running")
    steps = kernel.kernel("lab.trainer.steps")
    plot.button("Run training").wait_for()
    wait_until(lambda: plot.reading("Step").startswith(f"{steps:,}"), "the step on the page")
    assert kernel.kernel("lab.trainer.steps") == steps


def test_the_readings_are_those_of_the_kernel(plot: Plot):
    kernel = plot.notebook
    kernel.execute("lab.step(400)")
    wait_until(lambda: plot.reading("Step").startswith("400"), "step 400 on the page")
    accuracy = kernel.kernel("lab.accuracy")
    assert plot.reading("Accuracy") == f"{100 * accuracy:.1f} %"
    joules = plot.reading("Energy")
    assert re.search(r"\d [mµk]?J", joules)
    badges = kernel.kernel("dict(lab.energy['train'].badges)")
    assert any(badge in joules for badge in badges)


def test_a_point_dragged_while_training_runs_makes_that_edit_at_the_next_step(plot: Plot):
    kernel = plot.notebook
    crowd = plot.spots()[0]
    start, sample = plot.lone()
    kernel.execute("lab.start(pace=20)")
    plot.drag(start, crowd)
    assert kernel.kernel("len(lab.journal)") == 0, "an edit must not count before it is confirmed"
    plot.answer("^This one is|^Pull")
    kernel.wait_kernel("len(lab.journal) == 1")
    at = kernel.kernel("lab.trainer.steps")
    kernel.wait_kernel(f"lab.trainer.steps > {at} + 12")
    kernel.execute("lab.pause(); (event,) = lab.journal; edit = event.edit")
    assert kernel.kernel("type(edit).__name__") in ("Relabel", "Move")
    assert kernel.kernel("list(edit.ids)") == [sample]
    assert kernel.kernel("event.by") == "human"
    assert 0 <= at - kernel.kernel("event.step") <= 10

    # The weights are those of a run to which the same edit came at exactly the step that the journal names.
    replay = "gl.replay({}, network(), train, optimizer=slowly, steps=lab.trainer.steps).model"
    assert kernel.kernel(SAME.format(replay.format("lab.journal")))
    kernel.execute("other = gl.Journal(); other.header = dict(lab.journal.header)")
    assert not kernel.kernel(SAME.format(replay.format("other"))), "the edit had no effect at all"


def test_a_dragged_point_has_its_label_at_the_next_step_and_undo_takes_it_back(plot: Plot):
    kernel = plot.notebook
    start, sample = plot.lone()
    given = kernel.kernel(f"int(lab.trainer.train.y[{sample}])")
    plot.drag(start, plot.spots()[0])
    plot.answer("^This one is")
    kernel.wait_kernel("len(lab.journal) == 1")
    kernel.execute("lab.step(4)")
    assert kernel.kernel(f"int(lab.trainer.mending.y[{sample}])") != given
    plot.button("Undo").click()
    kernel.wait_kernel("len(lab.journal.active) == 0")
    kernel.execute("lab.step(4)")
    assert kernel.kernel(f"int(lab.trainer.mending.y[{sample}])") == given
    plot.button("Redo").click()
    kernel.wait_kernel(f"[list(event.edit.ids) for event in lab.journal.active] == [[{sample}]]")


def test_a_cancelled_drop_changes_nothing(plot: Plot):
    start, _ = plot.lone()
    plot.drag(start, plot.spots()[0])
    plot.answer("^Cancel")
    plot.button("One training step").click()
    plot.notebook.wait_kernel("lab.trainer.steps == 1")
    assert plot.notebook.kernel("len(lab.journal)") == 0


def test_an_edit_that_the_kernel_did_not_hear_survives_a_reload(plot: Plot):
    kernel = plot.notebook
    kernel.execute("lab.widget.on_msg(lab.widget._hear, remove=True)")  # the line is cut
    start, sample = plot.lone()
    plot.drag(start, plot.spots()[0])
    plot.answer("^This one is|^Pull")
    assert kernel.kernel("len(lab.journal)") == 0
    kernel.execute("lab.widget.on_msg(lab.widget._hear)")
    kernel.reload()
    kernel.wait_kernel("len(lab.journal) == 1")
    assert kernel.kernel("[list(event.edit.ids) for event in lab.journal]") == [[sample]]
    Plot(kernel)  # the picture is back as well
    kernel.reload()
    Plot(kernel).button("One training step").click()
    kernel.wait_kernel("lab.trainer.steps == 1")
    assert kernel.kernel("len(lab.journal)") == 1, "an edit that was answered is not sent again"


def test_two_views_of_one_lab_show_the_same_and_one_outlives_the_other(tab: Notebook):
    tab.show(MODEL, LAB, "lab")
    first, second = Plot(tab, 0), Plot(tab, 1)
    start, sample = second.lone()
    tab.page.mouse.click(*start[:2])
    tab.wait_kernel(f"lab.selection.tolist() == [{sample}]")
    second.button("Ten training steps").click()
    for plot in (first, second):
        wait_until(lambda plot=plot: plot.reading("Step").startswith("10"), "step 10 in both views")
    tab.clear(2)
    before = first.picture()
    first.button("Run training").click()
    wait_until(lambda: first.picture() != before, "the first view to move on")
    first.button("Pause training").click()
    tab.wait_kernel("not lab.runner.running")


def test_running_the_labs_cell_again_ends_the_old_thread_and_starts_afresh(tab: Notebook):
    tab.show(MODEL, LAB)
    tab.execute("old = lab; lab.start()")
    tab.wait_kernel("lab.trainer.steps > 20")
    tab.run(1)
    assert tab.kernel("old is not lab and not old.runner.running and old.trainer.closed")
    assert tab.kernel("lab.trainer.steps") == 0
    assert tab.kernel(SAME.format("network()")), "the model starts again from its initial weights"
    alive = "[t.name for t in __import__('threading').enumerate() if t is old.runner._thread]"
    tab.wait_kernel(f"{alive} == []")
    Plot(tab).button("One training step").click()
    tab.wait_kernel("lab.trainer.steps == 1")


def test_an_edit_by_code_is_on_a_paused_page_within_half_a_second(plot: Plot):
    kernel = plot.notebook
    kernel.execute("lab.step(3); lab.wait(); import time")
    wait_until(lambda: plot.reading("Step").startswith("3"), "the pause on the page")
    plot.root.evaluate(
        """(root, words) => {
            window.seen = 0;
            new MutationObserver(() => {
                if (!window.seen && root.textContent.includes(words)) window.seen = Date.now();
            }).observe(root, { childList: true, subtree: true, characterData: true });
        }""",
        "3 samples relabelled 7",
    )
    kernel.execute("since = time.time(); lab.journal.add(gl.Relabel([3, 4, 5], '7'))")
    seen = wait_until(lambda: plot.root.evaluate("() => window.seen"), "the edit in the journal's panel")
    assert seen / 1000 - kernel.kernel("since") < 0.5
    plot.button("Undo").click()
    kernel.wait_kernel("len(lab.journal.active) == 0")
