"""A first session, as a student has it: by mouse, then by keyboard alone; with a reload, a restart and accidents."""

import re

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import Notebook, Server, wait_until
from tests.browser.plot import Plot
from tests.browser.test_lab import MODEL

BLOBS = MODEL.replace("gl.datasets.digits()", 'gl.datasets.digits(noise="blob", seed=1)')
LAB = "lab = gl.Lab(model, train, valid=valid, latent='encoder', seed=0, batch_size=32, threads=1)\nlab"


def begin(tab: Notebook) -> Plot:
    tab.show(BLOBS, LAB)
    return Plot(tab)


def fold(plot: Plot, name: str):
    return plot.root.locator(".greenlatent-fold", has_text=re.compile(f"^{re.escape(name)}"))


def test_a_first_session_by_mouse(each_tab: Notebook):
    plot, kernel = begin(each_tab), each_tab
    plot.root.get_by_label("How long to run").select_option("until a suggestion")
    plot.button("Run training").click()
    card = plot.root.get_by_role("group", name=re.compile("^Suggestion"))
    card.wait_for()
    assert kernel.kernel("not lab.runner.running and lab.trainer.epoch_done")
    wait_until(lambda: card.locator("img").count() > 2, "what the samples look like")
    card.get_by_role("button", name=re.compile("^Accept")).click()
    kernel.wait_kernel("len(lab.journal.active) == 1")
    assert kernel.kernel("next(iter(lab.journal)).by") == "human"

    start, _ = plot.lone()
    plot.drag(start, plot.spots()[0])
    plot.answer("^This one is|^Pull")
    kernel.wait_kernel("len(lab.journal.active) == 2")
    fold(plot, "Edits").click()
    edits = plot.root.get_by_role("region", name="Edits")
    edits.get_by_role("button", name=re.compile("^Take it out of force")).last.click()
    kernel.wait_kernel("len(lab.journal.active) == 1")
    plot.button("Undo").click()
    kernel.wait_kernel("len(lab.journal.active) == 0")
    plot.button("Redo").click()
    edits.get_by_role("button", name=re.compile("^Put it back")).click()
    kernel.wait_kernel("len(lab.journal.active) == 2")

    fold(plot, "Find").click()
    groups = plot.root.get_by_role("region", name="Find")
    groups.get_by_role("button", name=re.compile("^Twice")).first.click()
    kernel.wait_kernel("len(lab.journal.active) == 3")

    fold(plot, "Energy").click()
    energy = plot.root.get_by_role("region", name="Energy")
    energy.get_by_label("Joules", exact=True).fill("500")
    energy.get_by_role("button", name="Set budget").click()
    kernel.wait_kernel("lab.budget is not None and lab.budget.joules == 500")
    wait_until(lambda: "of 500 J" in energy.inner_text(), "the budget on the page")
    plot.button("Ten training steps").click()
    plot.root.get_by_role("button", name="Show every latent dimension").click()
    wait_until(lambda: plot.root.get_by_role("application").count() == 2, "the axes")
    kernel.wait_kernel("lab._dashboard.feed.axes is not None")

    fold(plot, "Compare").click()
    against = plot.root.get_by_role("region", name="Compare")
    against.get_by_role("button", name="Compare with no edits").click()
    wait_until(lambda: "At the end:" in against.inner_text(), "what the edits bought")
    kernel.execute("path = lab.hand_in('mine.zip', answers={'1': 'because'})")
    kernel.execute("from greenlatent.course.grading import grade; (row,) = grade([path], lambda: dict("
                   "model=network(), train=train, valid=valid))")  # fmt: skip
    assert kernel.kernel("[row.verdict, row.remarks]") == ["ok", []]
    assert kernel.kernel("row.values['same_bits'] and row.values['claimed_by_hand'] == 3")


@pytest.mark.parametrize("each_tab", ["lab", "notebook"], indirect=True, scope="module")
def test_a_first_session_by_keyboard_alone(each_tab: Notebook):
    plot, kernel = begin(each_tab), each_tab
    page = kernel.page
    plot.button("Run training").focus()

    def tab_to(what: str) -> None:
        here = """(() => { const e = document.activeElement;
            return `${e.getAttribute('role')} ${e.getAttribute('aria-label') || e.textContent}` })()"""
        for _ in range(80):
            if re.search(what, page.evaluate(here)):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never came to {what}; it is at {page.evaluate(here)}")

    tab_to("Ten training steps")
    page.keyboard.press("Enter")
    kernel.wait_kernel("lab.trainer.steps == 10")
    tab_to("^application")
    for key in ("ArrowRight", "ArrowDown", " "):
        page.keyboard.press(key)
    kernel.wait_kernel("len(lab.selection) == 1")
    page.keyboard.press("7")
    kernel.wait_kernel("[event.edit.label for event in lab.journal.active] == ['7']")
    page.keyboard.press("u")
    kernel.wait_kernel("lab.journal.active == []")
    page.keyboard.press("r")
    kernel.wait_kernel("len(lab.journal.active) == 1")
    kernel.execute("lab.step(800)")
    tab_to("Agent")
    page.keyboard.press("Enter")
    tab_to("What deserves a look")
    page.keyboard.press("Enter")
    card = plot.root.get_by_role("group", name=re.compile("^Suggestion"))
    card.wait_for()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("v")
    kernel.wait_kernel("len(lab.selection) > 1")
    page.keyboard.press("y")
    kernel.wait_kernel("len(lab.journal.active) == 2")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent").startswith("Agent")
    assert kernel.cells() == [("code", BLOBS), ("code", LAB)], "no key reached the notebook"


def test_a_reload_in_mid_session_brings_back_every_panel_and_training_goes_on(each_tab: Notebook):
    plot, kernel = begin(each_tab), each_tab
    kernel.execute("lab.step(300); lab.journal.add(gl.Relabel([1, 2, 3], '7')); lab.start(pace=50)")
    fold(plot, "Edits").click()
    wait_until(lambda: "relabelled 7" in plot.root.inner_text(), "the edit on the page")
    kernel.reload()
    plot = Plot(kernel)
    before = kernel.kernel("lab.trainer.steps")
    wait_until(
        lambda: int(re.match("[0-9,]+", plot.reading("Step"))[0].replace(",", "")) > before,
        "steps on the page",
    )
    fold(plot, "Edits").click()
    wait_until(lambda: "relabelled 7" in plot.root.inner_text(), "the edit after the reload")
    plot.button("Pause training").click()
    kernel.wait_kernel("not lab.runner.running")


def test_after_a_restart_of_the_kernel_the_session_is_offered_and_every_edit_is_there(tab: Notebook):
    begin(tab)
    tab.execute("lab.step(20); lab.journal.add(gl.Relabel([1, 2], '7')); lab.step(20); lab.save()")
    tab.execute("lab.journal.add(gl.Drop([9]))")
    tab.restart_kernel()
    tab.run_all()
    plot = Plot(tab)
    wait_until(lambda: "earlier session" in plot.root.inner_text(), "the offer")
    assert tab.kernel("[len(lab.journal), lab.trainer.steps]") == [0, 0], "it is never forced"
    tab.execute("again = gl.Lab.load(lab.former, network(), train, valid=valid)")
    assert tab.kernel("[len(again.journal.active), again.trainer.steps]") == [2, 40]
    tab.execute("again.step(1)")
    assert tab.kernel("float(again.trainer.mending.weights[9])") == 0


def test_a_session_downloaded_from_the_page_goes_on_anywhere(tab: Notebook):
    plot = begin(tab)
    tab.execute("lab.step(20); lab.journal.add(gl.Relabel([1, 2], '7')); lab.wait()")
    fold(plot, "Edits").click()
    with tab.page.expect_download() as file:
        plot.button("Download session").click()
    assert file.value.suggested_filename == "greenlatent-step-20.zip"
    tab.execute(f"again = gl.Lab.load({str(file.value.path())!r}, network(), train, valid=valid)")
    assert tab.kernel("[len(again.journal.active), again.trainer.steps]") == [1, 20]


def test_an_exception_in_the_model_is_told_in_words_with_the_way_out(tab: Notebook):
    plot = begin(tab)
    tab.execute("broken = model.head.register_forward_hook(lambda *_: 1 / 0)")
    plot.button("Run training").click()
    wait_until(lambda: "ZeroDivisionError: division by zero" in plot.root.inner_text(), "what went wrong")
    tab.execute("broken.remove()\ntry: lab.step(1)\nexcept ZeroDivisionError: pass")
    plot.button("Ten training steps").click()
    tab.wait_kernel("lab.trainer.steps > 10")


def test_when_the_cell_is_deleted_training_ends_with_its_thread_and_nothing_stays_on_the_page(tab: Notebook):
    begin(tab)
    tab.execute("lab.start(); thread = lab.runner._thread")
    tab.wait_kernel("lab.trainer.steps > 20")
    tab._do("notebook.activeCellIndex = 1; await app.commands.execute('notebook:delete-cell'); return true")
    wait_until(lambda: tab.page.locator(".greenlatent").count() == 0, "an empty page")
    shared = "Object.getOwnPropertySymbols(globalThis).filter(s => String(s).includes('greenlatent')).length"
    assert tab.page.evaluate(shared) == 0, "core, context and listeners went with the last view"
    tab.wait_kernel("not lab.runner.running")
    tab.wait_kernel("not thread.is_alive()")
    tab.execute("steps = lab.trainer.steps; lab.step(3)")  # and the Lab is there all the same
    assert tab.kernel("lab.trainer.steps - steps") == 3


def test_two_labs_in_one_notebook_do_not_hear_each_other(tab: Notebook):
    second = LAB.replace("lab = ", "other = ").replace("\nlab", "\nother").replace("model,", "network(),")
    tab.show(BLOBS, LAB, second)
    one, two = Plot(tab, 0), Plot(tab, 1)
    one.button("Ten training steps").click()
    tab.wait_kernel("lab.trainer.steps == 10")
    two.button("One training step").click()
    tab.wait_kernel("other.trainer.steps == 1")
    start, sample = two.lone()
    tab.page.mouse.click(*start[:2])
    tab.wait_kernel(f"other.selection.tolist() == [{sample}]")
    assert tab.kernel("[lab.trainer.steps, lab.selection.tolist()]") == [10, []]
    tab.execute("lab.close()")
    two.button("One training step").click()
    tab.wait_kernel("other.trainer.steps == 2")


def test_two_pages_on_one_lab_show_the_same_and_one_that_is_closed_is_not_missed(
    lab_server: Server, browser: Browser
):
    here, there = Notebook(lab_server, browser), Notebook(lab_server, browser)
    here.open([BLOBS, LAB], name="shared.ipynb")
    here.run_all()
    one = Plot(here)
    here.save()
    there.path = here.path
    there._go()
    two = Plot(there)
    one.button("Ten training steps").click()
    wait_until(lambda: two.reading("Step").startswith("10"), "the steps of the one in the other")
    there.page.bring_to_front()
    start, sample = two.lone()
    there.page.mouse.click(*start[:2])
    there.wait_kernel(f"lab.selection.tolist() == [{sample}]")
    there.page.keyboard.press("7")
    wait_until(lambda: one.reading("Edits") == "1", "the edit of the other in the one")
    one.button("Run training").click()
    two.button("Pause training").wait_for()
    here.page.goto("about:blank")
    there.execute("steps = lab.trainer.steps")
    there.wait_kernel("lab.runner.running and lab.trainer.steps > steps + 20")
    before = two.reading("Step")
    wait_until(lambda: two.reading("Step") != before, "readings that go on")
    here._go()
    here.page.bring_to_front()
    Plot(here).button("Pause training").click()
    two.button("Run training").wait_for()
    assert there.kernel("[len(lab.journal), lab.runner.running]") == [1, False]
    assert here.errors == there.errors == []
    here.page.goto("about:blank")
    here.path = ""  # the kernel is ended once
    for page in (there, here):
        page.leave()
