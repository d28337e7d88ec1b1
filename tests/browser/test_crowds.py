"""Crowds on the page: the kernel is asked for neighbours in all axes, by mouse and by keys."""

import re

import numpy as np
import pytest
import torch

import greenlatent as gl
from tests.browser.harness import OUTPUT
from tests.browser.view import CLASSES, HOMES, blobs, listen, scatter

EACH, KINDS = 40, 4
KIND = np.repeat(np.arange(KINDS), EACH)
PICTURED, QUIET = 2, 30  # axes; the first two have nearly all the variance, and so are the picture
NAMED = 10  # of the first two kinds; all others have no label


def planted() -> gl.Lab:
    """Four kinds that lie on one another in the picture's two loud axes, and apart in all the quiet ones."""
    random = np.random.default_rng(3)
    quiet = 3 * random.normal(size=(KINDS, QUIET))[KIND] + 0.3 * random.normal(size=(len(KIND), QUIET))
    x = np.concatenate([40 * random.normal(size=(len(KIND), PICTURED)), quiet], axis=1).astype(np.float32)
    y = np.where((np.arange(len(KIND)) % EACH < NAMED) & (KIND < 2), KIND, -1)
    model = torch.nn.Sequential(
        torch.nn.Linear(*[PICTURED + QUIET] * 2), torch.nn.Linear(PICTURED + QUIET, 2)
    )
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(PICTURED + QUIET))
        model[0].bias.zero_()
    train = gl.Samples(x, y, classes=["calm", "busy"])
    return gl.Lab(model, train, latent="0", threads=1, session=False)


@pytest.fixture
def lab():
    lab = planted()
    yield lab
    lab.close()


def places(lab) -> np.ndarray:
    return lab.runner.call(lambda: lab.picture.frame(exact=True)).points.astype(float)


def place(view, lab, row) -> tuple[float, float]:
    """Where a sample of the picture is on the page."""
    lab.widget.points = places(lab)
    return view.point(row)


def under_cursor(view) -> int:
    """The sample that the cursor of the keyboard is on, as its card says."""
    return int(re.search(r"sample ([\d,]+)", view.texts("card")[0])[1].replace(",", ""))


def neighbours_in_picture(lab, row) -> np.ndarray:
    points = places(lab)
    return np.argsort(np.square(points - points[row]).sum(1))[:30]


def lone(lab) -> int:
    """A sample without a label whose neighbours in the picture are of every kind, and which no other covers."""
    points = places(lab)
    apart = np.sqrt(np.square(points[:, None] - points).sum(2)) + 1e9 * np.eye(len(points))
    row = int(np.where(KIND >= 2, apart.min(1), 0).argmax())
    assert (KIND[neighbours_in_picture(lab, row)] == KIND[row]).mean() < 0.5
    return row


def of_its_kind(ids, row) -> bool:
    return len(ids) == 30 and (KIND[list(ids)] == KIND[row]).all()


def test_with_its_neighbours_takes_the_crowd_and_not_the_picture_s_neighbours(show, lab):
    view = show(lab.widget).ready()
    row = lone(lab)
    legend = view.page.get_by_role("button", name="Select busy").first.bounding_box()
    view.drag(place(view, lab, row), (legend["x"] + 20, legend["y"] + 10))
    dialog = view.page.get_by_role("dialog")
    view.until(lambda: "With its 29 neighbours" in dialog.inner_text(), "the kernel's answer")
    assert view.texts("ask-title") == ["These 30 points to busy?"]
    view.press("Enter")
    view.until(lambda: lab.journal.active, "the edit")
    (event,) = lab.journal.active
    assert event.edit.to == "busy" and event.edit.ids[0] == row and of_its_kind(event.edit.ids, row)
    assert set(event.edit.ids) != set(neighbours_in_picture(lab, row).tolist())
    undo = view.page.get_by_role("button", name="Undo what was done last")
    view.until(undo.is_enabled, "something to take back")
    undo.click()
    view.until(lambda: not lab.journal.active, "the undo of all of them")


def test_by_keys_alone_a_point_grows_to_its_crowd_which_gets_a_name(show, lab):
    view = show(lab.widget).ready()
    view.stage.focus()
    view.press("ArrowLeft")
    for _ in range(80):
        row = under_cursor(view)
        if KIND[row] >= 2:
            break
        view.press("ArrowRight", "ArrowUp")
    view.press("Space", "g")
    view.until(lambda: len(lab.selection) == 30, "its crowd")
    assert of_its_kind(lab.selection, row)
    view.press("d")
    view.until(lambda: len(lab.selection) == 20, "ten fewer")
    view.press("g")
    view.until(lambda: len(lab.selection) == 30, "ten more again")
    view.page.get_by_role("button", name="Ten fewer").click()
    view.until(lambda: len(lab.selection) == 20, "ten fewer by mouse")
    view.page.get_by_role("button", name="Ten more").click()
    view.until(lambda: len(lab.selection) == 30, "and ten more")
    assert of_its_kind(lab.selection, row)
    view.stage.focus()
    chosen = lab.selection.tolist()
    view.settle()
    view.press("2")
    view.until(lambda: lab.journal.active, "the edit")
    assert lab.journal.active[0].edit == gl.Relabel(chosen, "busy")


def test_by_keys_alone_a_drop_waits_for_the_crowd_and_enter_means_it(show, lab):
    lab.start()
    view = show(lab.widget).ready()
    row = lone(lab)
    lab.selection = [row]
    view.settle()
    view.stage.focus()
    view.press("ArrowLeft")
    for _ in range(80):
        if under_cursor(view) != row:
            break
        view.press("ArrowRight")
    view.press("Enter")
    view.page.get_by_role("dialog").wait_for()
    assert view.texts("ask-title") == ["Looking for neighbours in all axes…"]
    view.press("Enter")  # before the answer it means nothing
    view.until(lambda: view.page.get_by_role("radio", name="With its 29 neighbours").count(), "the answer")
    view.until(lambda: view.page.locator(".greenlatent-choice-text").count(), "what the drop means")
    assert not lab.journal.active, "training at full speed, and nothing counted yet"
    view.press("Enter")
    view.until(lambda: lab.journal.active, "the edit")
    edit = lab.journal.active[0].edit
    assert of_its_kind(edit.ids, row)
    if isinstance(edit, gl.Move) and isinstance(edit.to, gl.Near):
        near = KIND[list(edit.to.ids)]
        assert len(near) == 10 and (near == near[0]).all(), "a pull goes to one crowd, too"
    again = planted()
    again.journal.add(edit)
    assert again.journal.active[0].edit == edit, "replay asks nobody"
    again.close()


def test_a_crowd_that_is_selected_no_more_is_made_neither_larger_nor_smaller(show, lab):
    view = show(lab.widget).ready()
    view.page.mouse.click(*place(view, lab, lone(lab)))
    view.press("g")
    view.until(lambda: len(lab.selection) == 30, "its crowd")
    few = view.page.get_by_role("button", name="Ten fewer")
    few.wait_for()
    view.page.screenshot(path=OUTPUT / "crowd-ten.png")
    lab.selection = lab.selection[:12]
    view.until(lambda: not few.is_visible(), "no crowd to make smaller")
    view.press("d")
    view.settle()
    assert len(lab.selection) == 12


def test_a_pull_goes_to_the_crowd_of_the_sample_nearest_to_the_drop(show, lab):
    view = show(lab.widget).ready()
    points = places(lab)
    apart = np.sqrt(np.square(points[:, None] - points).sum(2))
    alone = (apart + 1e9 * np.eye(len(points))).min(1)
    row, there = np.argsort(-np.where(KIND >= 2, alone, 0))[:2].tolist()
    start, end = place(view, lab, row), place(view, lab, there)
    view.drag(start, (start[0] + 9, start[1]), end)
    view.page.get_by_role("radio", name="This point only").click()
    view.until(lambda: view.page.locator(".greenlatent-choice-text").count(), "what it means")
    choice = view.page.locator(".greenlatent-choice-text").inner_text()
    assert choice.startswith("Pull to these neighbours")
    view.press("Enter")
    view.until(lambda: lab.journal.active, "the edit")
    edit = lab.journal.active[0].edit
    assert edit.ids == (row,) and edit.to.ids[0] == there
    assert (KIND[list(edit.to.ids)] == KIND[there]).all() and len(edit.to.ids) == 10


def test_a_kernel_that_is_busy_is_said_to_be_and_the_point_is_what_is_left(show):
    widget = scatter()
    heard, kept = listen(widget), []
    widget.on_crowd(lambda ids, k, tell: kept.append((ids, tell)))
    view = show(widget).ready()
    view.drag(view.point(0), view.spot(*HOMES[1]))
    view.settle()
    assert view.texts("ask-title") == ["Looking for neighbours in all axes…"]
    assert [ids.tolist() for ids, _ in kept] == [[0]]
    dialog = view.page.get_by_role("dialog")
    view.until(
        lambda: "The kernel does not answer: it is busy, or gone." in dialog.inner_text(), "the reason"
    )
    assert view.texts("ask-title") == ["This point from calm to busy?"]
    kept[0][1](np.arange(30))
    view.settle()
    assert dialog.get_by_role("radio", name="neighbours").count() == 0, "what comes late is not heard"
    view.press("Enter")
    view.until(lambda: heard == [gl.Relabel((0,), "busy")], "the edit of the point")


def test_a_view_without_a_model_says_that_it_knows_of_no_neighbours(show):
    widget = scatter()
    heard = listen(widget)
    widget.on_crowd(None)
    view = show(widget).ready()
    view.drag(view.point(60), view.point(70))
    view.settle()
    assert view.texts("ask-warning") == ["There is no latent space here to look for them in."]
    view.page.get_by_role("button", name="Pull to this one").click()
    view.until(lambda: heard, "the edit")
    assert heard[0] == gl.Move((60,), gl.Near((70,)))


def mixed() -> gl.Scatter:
    """A loose cloud of busy ones around a tight one of calm ones."""
    points, _ = blobs()
    random = np.random.default_rng(0)
    points[:40] = random.normal(0, 0.3, (40, 2))
    points[40:60] = 2.0 * np.stack([np.cos(np.arange(20)), np.sin(np.arange(20))], 1)
    labels = np.repeat([0, 1, 2], [40, 20, 120])
    return gl.Scatter(points, labels=labels, classes=CLASSES)


def offered(view) -> list[tuple[str, str]]:
    buttons = view.page.get_by_role("toolbar", name="The selection").get_by_role("button")
    return [
        (each.inner_text(), each.get_attribute("aria-pressed"))
        for each in buttons.all()
        if each.get_attribute("aria-pressed")
    ]


def test_a_finished_lasso_offers_the_crowd_in_it_first_where_that_is_purer(show):
    widget = mixed()
    view = show(widget).ready()
    view.drag(*view.circle(view.spot(0, 0), abs(view.spot(2.6, 0)[0] - view.spot(0, 0)[0])))
    view.until(lambda: len(widget.selection) == 60, "the lasso")
    view.settle()
    assert offered(view) == [("The crowd in it (30 of 30)", "false"), ("As drawn (60)", "true")]
    assert len(widget.selection) == 60, "nothing is selected that was not drawn around"
    shade = "each => getComputedStyle(each).backgroundColor"
    shades = [
        view.page.get_by_role("button", name=name).evaluate(shade) for name in ("The crowd in it", "As drawn")
    ]
    assert shades[0] != shades[1], "which of them is selected can be seen"
    view.page.get_by_role("button", name="The crowd in it").click()
    view.until(lambda: len(widget.selection) == 30, "the crowd")
    assert (widget.labels[widget.selection] == 0).all()
    assert offered(view)[0] == ("The crowd in it (30 of 30)", "true")
    view.page.get_by_role("button", name="As drawn").focus()
    view.press("Enter")
    view.until(lambda: len(widget.selection) == 60, "the lasso again")
    view.page.mouse.click(*view.point(70))
    view.settle()
    assert offered(view) == [], "the offer ends with another selection"


def test_a_pure_lasso_offers_what_was_drawn_first(show):
    widget = scatter()
    view = show(widget).ready()
    view.drag(*view.circle(view.spot(*HOMES[0]), abs(view.spot(3, 0)[0] - view.spot(0, 0)[0])))
    view.until(lambda: len(widget.selection) == 60, "the lasso")
    view.settle()
    once = ["As drawn (60)", "The crowd in it (30 of 30)"]
    assert [text for text, _ in offered(view)] == once
    view.drag(*view.circle(view.spot(*HOMES[0]), abs(view.spot(3, 0)[0] - view.spot(0, 0)[0])))
    view.settle()
    assert [text for text, _ in offered(view)] == once, "the same drawn again offers the same once"


def test_an_answer_about_a_lasso_that_was_left_offers_nothing(show):
    widget = mixed()
    kept = []
    widget.on_crowd(lambda ids, k, tell: kept.append((ids, tell)))
    view = show(widget).ready()
    view.drag(*view.circle(view.spot(0, 0), abs(view.spot(2.6, 0)[0] - view.spot(0, 0)[0])))
    view.until(lambda: kept, "the question")
    view.page.mouse.click(*view.point(70))
    view.settle()
    kept[0][1](kept[0][0][:30])
    view.settle()
    assert offered(view) == [] and widget.selection.tolist() == [70]


def test_g_asks_once_more_and_an_answer_after_a_reload_is_nobody_s(show):
    widget = scatter()
    kept = []
    widget.on_crowd(lambda ids, k, tell: kept.append(tell))
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    view.until(lambda: widget.selection.tolist() == [0], "the point")
    view.press("g")
    view.until(lambda: kept, "the question")
    assert view.texts("hint") == ["Looking for neighbours in all axes…"]
    view.load()
    view.ready()
    kept[0](np.arange(30))
    view.settle()
    assert widget.selection.tolist() == [0]
    widget.selection = [3]
    view.settle()
    view.stage.focus()
    view.press("g")
    view.until(lambda: len(kept) == 2, "another question")
    widget.selection = [4]
    view.settle()
    kept[1](np.arange(30))
    view.settle()
    assert widget.selection.tolist() == [4], "what was meant is selected no more"
