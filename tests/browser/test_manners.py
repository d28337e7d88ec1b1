"""Manners: an independent judge of accessibility, and nothing that overflows, whatever is open."""

import numpy as np
import pytest

from greenlatent.plots import Parallel, Scatter
from tests.browser.harness import CHECKOUT, Notebook
from tests.browser.view import CLASSES, HOMES, View, blobs, listen, scatter

AXE = CHECKOUT / "js" / "node_modules" / "axe-core" / "axe.min.js"
DARK = {
    "--jp-layout-color0": "#111",
    "--jp-layout-color1": "#212121",
    "--jp-layout-color2": "#424242",
    "--jp-border-color1": "#616161",
    "--jp-border-color2": "#424242",
    "--jp-ui-font-color1": "rgba(255, 255, 255, 1)",
    "--jp-ui-font-color2": "rgba(255, 255, 255, 0.7)",
    "--jp-brand-color1": "#2196f3",
}
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def darken(view: View) -> None:
    style = "; ".join(f"{name}: {value}" for name, value in DARK.items())
    view.page.evaluate(f"document.body.style.cssText += '; background: #111; {style}'")
    view.page.evaluate("document.body.dataset.jpThemeName = 'dark'")
    view.settle()


def faults(view: View) -> list[str]:
    """What axe-core calls serious or critical inside the widget."""
    view.page.add_script_tag(path=AXE)
    found = view.page.evaluate("async () => (await axe.run('.greenlatent')).violations")
    return [
        f"{fault['id']}: {node['target']} {node.get('failureSummary', '')}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def full() -> View:
    return scatter(
        groups={"recording": np.arange(180) // 10},
        columns={"age": np.arange(180)},
        confidence=np.linspace(0, 1, 180),
        preview=str,
        title="Three kinds of days",
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_any_state(show, theme):
    widget = full()
    view = show(widget).ready()
    if theme == "dark":
        darken(view)
    assert faults(view) == []
    widget.selection = range(15)
    view.settle()
    view.stage.focus()
    view.press("v", "?")
    view.settle()
    assert faults(view) == [], "selection, contact sheet and help"
    view.press("w")
    assert faults(view) == [], "a menu"
    view.press("Escape", "Escape")
    view.page.get_by_label("Colour by").select_option("age")
    view.settle()
    assert faults(view) == [], "a scale"
    view.drag(view.point(150), view.spot(*HOMES[0]))
    assert faults(view) == [], "a question"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_any_state_of_the_axes(show, theme):
    points, labels = blobs()
    values = np.concatenate([points, -points, points[:, ::-1]], 1)
    widget = Parallel(
        values, labels=labels, classes=CLASSES, preview=lambda row: f"sample {row}", title="Six axes"
    )
    listen(widget)
    view = show(widget).ready()
    if theme == "dark":
        darken(view)
    assert faults(view) == []
    widget.brushes = {0: [(-1.0, 1.0)], 3: [(-9.0, 9.0)]}
    view.settle()
    view.stage.focus()
    view.press("v", "?")
    view.settle()
    assert faults(view) == [], "brushes, contact sheet and help"
    view.press("Escape", "Enter")
    assert faults(view) == [], "the menu of an axis"
    view.press("Escape", "Escape", "h", "t", "ArrowUp", "ArrowUp", "Enter")
    assert view.page.get_by_role("dialog").count() == 1
    assert faults(view) == [], "a question about a class, and a hidden axis"


@pytest.mark.parametrize("width", [480, 900, 1600])
def test_nothing_overflows_whatever_is_open(show, width):
    widget = full()
    widget.set_columns({"state": ("flags", np.arange(180) % 16)})
    view = show(widget, viewport={"width": width, "height": 900}).ready()
    side, stage = view.page.locator(".greenlatent-side").bounding_box(), view.stage.bounding_box()
    assert stage["width"] > 300
    if width == 480:
        assert side["y"] >= stage["y"] + stage["height"], "the legend lies below on a narrow page"
    else:
        assert side["x"] >= stage["x"] + stage["width"]
    widget.selection = range(15)
    view.settle()
    view.stage.focus()
    for key in ("v", "w"):
        view.press(key)
        view.settle()
        assert view.page.evaluate(FITS)
        out = view.page.evaluate(
            """() => { const box = document.querySelector(".greenlatent").getBoundingClientRect();
            return [...document.querySelectorAll(".greenlatent *")].filter(each => {
                const own = each.getBoundingClientRect();
                return own.width > 1 && (own.right > box.right + 1 || own.left < box.left - 1);
            }).map(each => each.className) }"""
        )
        assert out == []


def test_everything_that_takes_the_focus_has_a_name_and_an_order(show):
    widget = full()
    view = show(widget).ready()
    widget.selection = range(15)
    view.settle()
    names = []
    for _ in range(40):
        view.press("Tab")
        name = view.page.evaluate(
            """() => { const at = document.activeElement;
            if (!at.closest(".greenlatent")) return null;
            const label = at.getAttribute("aria-label") || at.innerText;
            return [at.getAttribute("role") || at.tagName.toLowerCase(), label.trim()] }"""
        )
        if name is None:
            break
        names.append(tuple(name))
    kinds = [kind for kind, _ in names]
    assert all(label for _, label in names)
    assert names[0] == ("application", names[0][1]) and "15 points selected" in names[0][1]
    assert kinds.index("select") < len(kinds) - 3, "tools, colours, legend, then actions"
    assert names[-1][1] == "Show them"


def test_names_of_any_length_and_letters_stay_inside(show):
    odd = ["x" * 3000, "\u202eturned", "a\nb", "", "Z" + "\u0351" * 40, "<b>bold</b>"]
    names = [odd[k % 6] for k in range(60)]
    random = np.random.default_rng(0)
    points = random.normal(size=(60, 2))
    looks = {"names": names, "preview": names.__getitem__, "title": odd[0]}
    widget = Scatter(points, labels=names, groups={"g": names}, **looks)
    view = show(widget).ready()
    widget.selection = [k for k in range(60) if k % 6 == 0]
    view.settle()
    view.page.mouse.move(*view.point(0))
    view.until(lambda: view.texts("card"), "the card")
    view.settle()
    assert view.page.evaluate(FITS)


def test_a_plot_that_was_narrow_for_a_moment_keeps_its_points(show):
    view = show(scatter()).ready()
    assert view.coloured() > 0
    view.page.evaluate(
        """async () => {
            const box = document.querySelector(".greenlatent").parentElement;
            box.style.width = "600px";
            await new Promise(done => {
                const observer = new ResizeObserver(() => (observer.disconnect(), done()));
                observer.observe(box);
            });
            box.style.width = ""; // as wide as before, before a frame was drawn
        }"""
    )
    view.settle()
    assert view.coloured() > 0


def test_a_question_can_be_read_to_its_end_in_a_low_view(show):
    widget = scatter(height=160)
    listen(widget)
    view = show(widget, viewport={"width": 320, "height": 600}).ready()
    view.drag(view.point(23), view.spot(*HOMES[1]))
    dialog = view.page.get_by_role("dialog")
    cancel = dialog.get_by_role("button", name="Cancel")
    cancel.scroll_into_view_if_needed()
    (inner, outer) = (cancel.bounding_box(), view.stage.bounding_box())
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    cancel.click()
    assert dialog.count() == 0


def test_a_question_and_what_it_is_about_stay_in_sight_as_the_page_narrows(show):
    widget = full()
    listen(widget)
    view = show(widget, viewport={"width": 1600, "height": 900}).ready()
    view.drag(view.point(23), view.point(90))
    dialog = view.page.get_by_role("dialog")
    dialog.wait_for()
    for width in (900, 480, 320, 1600):
        view.page.set_viewport_size({"width": width, "height": 900})
        view.settle()
        (inner, outer) = (dialog.bounding_box(), view.stage.bounding_box())
        assert inner["x"] >= outer["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"], f"at {width} pixels"
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
        ink = view.ink("overlay").reshape(round(outer["height"]), round(outer["width"]), 4)
        x, y = (round(at - edge) for at, edge in zip(view.point(90), (outer["x"], outer["y"]), strict=True))
        assert ink[y - 2 : y + 3, x - 2 : x + 3, 3].min() > 200, "the point in hand lies where it was dropped"
    view.press("Enter")
    assert dialog.count() == 0


def test_a_menu_stays_in_sight_as_the_page_narrows(show):
    view = show(full(), viewport={"width": 900, "height": 900}).ready()
    view.widgets[0].selection = range(15)
    view.settle()
    view.page.get_by_role("button", name="Weigh").click()
    view.page.set_viewport_size({"width": 480, "height": 900})
    view.settle()
    menu, box = view.page.get_by_role("menu").bounding_box(), view.page.locator(".greenlatent").bounding_box()
    assert box["x"] <= menu["x"] and menu["x"] + menu["width"] <= box["x"] + box["width"]


def test_the_curves_legend_can_be_read_in_the_dark(tab: Notebook):
    tab.show(
        "from greenlatent.plots.curve import Curve\n"
        "curve = Curve()\n"
        "curve.tell([0, 64], [.1, .5], now=True)\n"
        "curve.compare([0, 64], [.1, .4])\n"
        "curve.figure"
    )
    contrast = """() => {
        const channels = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => {
            v /= 255;
            return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        });
        const light = colour => channels(colour).reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
        const ground = light(getComputedStyle(document.querySelector(".jp-OutputArea")
            .closest(".jp-Notebook")).backgroundColor);
        return [...document.querySelectorAll(".bqplot .legendtext, .bqplot .legend text")].map(text => {
            const ink = light(getComputedStyle(text).fill);
            return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        });
    }"""
    for theme in ("dark", "light"):
        tab.theme(theme)
        tab.page.wait_for_function(f"({contrast})().length > 1")
        assert min(tab.page.evaluate(contrast)) >= 4.5, theme
