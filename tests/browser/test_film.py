"""A film opens from disk with the network off, and is played, stepped, dragged and marked, by mouse and by keys."""

import os
import subprocess
import sys

import nbformat
import pytest

import greenlatent as gl
from tests.browser.harness import CHECKOUT, wait_until
from tests.film.test_recording import Page, steps
from tests.parts import clusters, linear_net

AXE = CHECKOUT / "js" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "run.html"
    lab = gl.Lab(
        linear_net(), clusters(), valid=clusters(seed=1), latent="0", batch_size=8, threads=1, session=False,
        title="Calm <b>days</b>",
    )  # fmt: skip
    for k in range(6):
        lab.step(5)
        lab.refresh()
        if k == 2:
            lab.journal.add(gl.Relabel([3, 4], "class 2"), by="human")
    lab.film.save(path)
    lab.film.compare(lab.film).save(path.with_name("two.html"))
    lab.close()
    return path


@pytest.fixture(params=["light", "dark"])
def shown(browser, path, request):
    context = browser.new_context(
        color_scheme=request.param, offline=True, viewport={"width": 900, "height": 800}, bypass_csp=False
    )
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "request", lambda asked: page.wrong.append(asked.url) if not asked.url.startswith("file:") else None
    )
    page.goto(path.as_uri())
    page.wait_for_selector(".film-line")
    yield page
    assert page.wrong == [], "no error, and nothing asked for"
    context.close()


def said(page):
    return page.locator(".film-said").inner_text()


def test_it_is_played_stepped_and_dragged(shown):
    assert said(shown).startswith("step 30 · accuracy"), "it begins at its end"
    assert shown.title() == "Calm <b>days</b>"
    shown.get_by_role("button", name="One frame back").click()
    assert said(shown).startswith("step 25 ")
    slide = shown.get_by_role("slider")
    slide.focus()
    shown.keyboard.press("Home")
    assert said(shown).startswith("step 0 ")
    shown.keyboard.press("ArrowRight")
    assert said(shown).startswith("step 5 ")
    assert slide.get_attribute("aria-valuetext") == said(shown)
    shown.get_by_role("button", name="Play").click()
    wait_until(lambda: said(shown).startswith("step 30 "), "the end of the film")
    wait_until(lambda: shown.get_by_role("button", name="Play").count() == 1, "it to stop there")


def test_an_edit_is_a_mark_that_says_what_it_was_and_leads_there(shown):
    counts = ".greenlatent-class-count"
    mark = shown.get_by_role("button", name="2 samples relabelled class 2 (human)")
    before = shown.locator(counts).all_inner_texts()
    shown.get_by_role("slider").focus()
    shown.keyboard.press("Home")
    wait_until(lambda: shown.locator(counts).all_inner_texts() != before, "the labels as they were given")
    mark.click()
    assert "2 samples relabelled class 2" in said(shown)
    wait_until(lambda: shown.locator(counts).all_inner_texts() == before, "the label that was mended")


def test_nothing_in_it_edits_and_axe_finds_no_serious_fault(shown):
    shown.get_by_role("application").focus()
    shown.keyboard.press("a")
    wait_until(lambda: "60 points selected" in shown.locator("main").inner_text(), "a selection")
    assert shown.get_by_role("button", name="Relabel", exact=True).count() == 0
    shown.evaluate("() => document.querySelector('meta[http-equiv]').remove()")
    faults = shown.evaluate(AXE.read_text() + "; axe.run('main').then(found => found.violations)")
    assert [fault["id"] for fault in faults if fault["impact"] in ("serious", "critical")] == []


def test_two_films_share_a_time_line_and_a_selection(browser, path):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(path.with_name("two.html").as_uri())
    page.wait_for_selector(".film-line")
    assert page.get_by_role("application").count() == 2
    page.get_by_role("application").first.focus()
    page.keyboard.press("a")
    wait_until(
        lambda: page.locator("main").inner_text().count("60 points selected") == 2, "both to be selected"
    )
    page.close()


def test_axes_that_were_open_and_previews_are_shown_beside_and_selected_with_it(browser, tmp_path):
    data = clusters()
    train = gl.Samples(
        data.x, data.y, classes=data.classes, preview="text", names=[f"n{k}" for k in range(60)]
    )
    lab = gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1, session=False)
    steps(lab, 2)
    steps(lab, 3, Page(lab.widget))
    lab.film.save(tmp_path / "axes.html", previews=True)
    lab.close()
    page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((tmp_path / "axes.html").as_uri())
    axes = page.locator(".greenlatent-axes")
    wait_until(lambda: "z5" in page.locator("main").inner_text(), "the axes with their names")
    sort = page.get_by_role("button", name="Sort the axes")
    assert axes.is_visible() and sort.is_enabled(), "which were scored"
    axes.focus()
    page.keyboard.press("a")
    wait_until(
        lambda: page.locator("main").inner_text().count("60 points selected") == 2, "both to be selected"
    )
    page.get_by_role("application").first.focus()
    page.keyboard.press("v")
    sheet = page.get_by_role("region", name="Contact sheet")
    wait_until(lambda: sheet.locator(".greenlatent-preview-text").count() == 60, "a preview of each")
    wanted = " ".join(f"{v:g}" for v in data.x[3].tolist())
    assert wanted in sheet.locator(".greenlatent-preview-text").all_inner_texts()
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    wait_until(lambda: not axes.is_visible(), "nobody had them open then")
    page.keyboard.press("End")
    wait_until(axes.is_visible, "them again")
    assert wrong == []
    page.context.close()


NOTEBOOK = """
import greenlatent as gl
from tests.parts import clusters, linear_net
lab = gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, threads=1, session=False)
for _ in range(4):
    lab.step(5)
    lab.refresh()
lab.close()
lab.film.embed()
"""


@pytest.mark.slow
def test_an_output_of_a_notebook_still_plays_in_its_html_export(browser, tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    nbformat.write(notebook, tmp_path / "film.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "film.ipynb"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}).new_page()
    page.goto((tmp_path / "film.html").as_uri(), wait_until="domcontentloaded")
    film = page.frame_locator("iframe")
    frame = page.locator("iframe")
    told = film.locator(".film-said")
    wait_until(lambda: told.inner_text().startswith("step 20 "), "the end of the film")
    film.get_by_role("slider").focus()
    page.keyboard.press("Home")
    wait_until(lambda: told.inner_text().startswith("step 0 "), "its beginning")
    film.get_by_role("button", name="Play").click()
    wait_until(lambda: told.inner_text().startswith("step 20 "), "the end again")
    for width in (1366, 480):
        page.set_viewport_size({"width": width, "height": 900})
        wait_until(
            lambda: film.locator("html").evaluate("e => e.scrollHeight <= innerHeight"), "no scroll bar"
        )
        assert frame.bounding_box()["width"] > 0.7 * width
        page.screenshot(path=CHECKOUT / "tests" / "output" / f"film-exported-{width}.png")
    page.context.close()


def test_below_a_live_view_of_a_dark_notebook_it_is_dark_without_a_scroll_bar(tab):
    tab.show("1")  # a page, to be made dark
    tab.theme("dark")
    tab.show(NOTEBOOK.replace("lab.close()\nlab.film.embed()", "lab"), "lab.film")
    tab.wait_kernel("'color-scheme:dark!' in lab.film._repr_html_()")
    tab.run(1)
    film = tab.page.frame_locator("iframe[sandbox]")
    film.locator(".film-line").wait_for()
    assert film.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(17, 17, 17)"
    assert film.locator(".greenlatent > *").first.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
    assert film.locator("html").evaluate("e => e.scrollHeight <= innerHeight")
    drawn = "Math.max(r, g, b) - Math.min(r, g, b) > 60"
    look = tab.page.locator("iframe[sandbox]")
    look.scroll_into_view_if_needed()
    wait_until(
        lambda: tab.count_pixels(tab.photograph(look, "film-in-a-dark-notebook"), drawn) > 6000, "its points"
    )
    tab.theme("light")
