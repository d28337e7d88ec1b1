"""What a person can know of the points: colours by any column, the card, crowds, places that are none."""

import base64
from typing import Any

import numpy as np
import pytest

from greenlatent.plots import Scatter
from tests.browser.view import View, blobs, scatter


def colour_by(view: View, column: str) -> None:
    view.page.get_by_label("Colour by").select_option(column)
    view.settle()


def legend(view: View) -> list[str]:
    return view.texts("class-name")


def test_one_column_leaves_nothing_to_choose(show):
    view = show(scatter()).ready()
    assert view.page.get_by_label("Colour by").is_hidden()
    assert legend(view) == ["calm", "busy", "wild"]


def test_the_picture_is_coloured_by_any_column_and_the_legend_follows(show):
    _, labels = blobs()
    widget = scatter(
        predicted=(labels + 1) % 3,
        confidence=np.linspace(0, 1, 180),
        groups={"recording": np.arange(180) // 60},
        columns={"age": np.arange(180), "sex": np.where(np.arange(180) % 4 == 0, "f", "m")},
    )
    view = show(widget).ready()
    options = view.page.get_by_label("Colour by").locator("option").all_inner_texts()
    assert options == ["label", "predicted", "confidence", "recording", "age", "sex"]
    colour_by(view, "sex")
    assert legend(view) == ["f", "m"] and view.texts("class-count") == ["45", "135"]
    view.page.get_by_role("button", name="Select f").click()
    view.until(lambda: widget.selection.tolist() == list(range(0, 180, 4)), "by that column")
    colour_by(view, "age")
    assert legend(view) == []
    assert [text.lstrip("≤≥ ") for text in view.texts("scale-ends")[0].split("\n")] == ["4", "175"]
    assert "dark ≤ 4 to bright ≥ 175" in view.page.get_by_role("img", name="Scale").get_attribute(
        "aria-label"
    )
    colour_by(view, "predicted")
    assert legend(view) == ["calm", "busy", "wild"]


def test_a_legend_of_other_things_than_classes_is_no_place_to_drop_points_on(show):
    widget = scatter(columns={"sex": np.where(np.arange(180) % 4 == 0, "f", "m")}, colour="sex")
    view = show(widget).ready()
    assert view.texts("key") == []
    row = view.page.get_by_role("button", name="Select m").bounding_box()
    view.drag(view.point(0), (row["x"] + 20, row["y"] + 10))
    view.settle()
    assert view.page.get_by_role("dialog").count() == 0


def test_few_great_numbers_do_not_paint_all_others_alike(show):
    loss = np.linspace(0, 1, 180)
    loss[0] = 1000
    view = show(scatter(columns={"error": loss}, colour="error")).ready()
    assert view.texts("scale-ends") == ["≤ 0.0208\n≥ 0.982"]


def test_the_ends_of_a_scale_are_short_and_stand_below_its_ends(show):
    values = np.linspace(-1e9, -1e7, 180)
    values[3] = np.nan
    view = show(scatter(columns={"error": values}, colour="error")).ready()
    ends = view.page.locator(".greenlatent-scale-ends span")
    assert ends.all_inner_texts() == ["≤ -9.72E8", "≥ -3.21E7", "grey: none"]
    low, high, grey = (ends.nth(k).bounding_box() for k in range(3))
    assert low["y"] == high["y"] < grey["y"] and low["height"] == high["height"] < 24
    assert low["x"] + low["width"] < high["x"]


def test_the_card_tells_what_is_known_of_a_point(show):
    widget = scatter(
        names=[f"w{k}" for k in range(180)],
        predicted=np.ones(180, int),
        confidence=np.full(180, 0.25),
        groups={"recording": np.arange(180) // 60},
        columns={"age": np.arange(180) / 7},
        preview=lambda id: np.sin(np.arange(40)),
    )
    view = show(widget).ready()
    view.page.mouse.move(*view.point(0))
    view.until(lambda: view.page.locator(".greenlatent-card canvas").count(), "the signal")
    lines = dict(zip(view.texts("card-name"), view.texts("card-value"), strict=True))
    assert view.texts("card-title") == ["sample 0 · w0"]
    assert lines == {
        "label": "calm",
        "predicted": "busy",
        "confidence": "25 %",
        "recording": "0",
        "age": "0",
    }


def test_300_classes_are_told_apart_by_mark_and_on_hover(show):
    points = np.stack(np.divmod(np.arange(300), 20), 1) * 1.0
    names = [f"kind {k}" for k in range(300)]
    view = show(Scatter(points, labels=np.arange(300), classes=names)).ready()
    assert len(legend(view)) == 300
    for row in (0, 88, 255, 299):
        view.page.mouse.move(*view.point(row))
        view.until(lambda r=row: f"kind {r}" in "".join(view.texts("card")), f"the name of class {row}")
    marks = view.page.evaluate(
        """() => [...document.querySelectorAll(".greenlatent-class polygon")].slice(0, 88)
        .map(mark => mark.getAttribute("points") + mark.getAttribute("fill"))"""
    )
    assert len(set(marks)) == 88


def test_points_without_a_class_have_a_row_that_selects_them(show):
    points, labels = blobs()
    labels[::9] = -1
    widget = Scatter(points, labels=labels, classes=["a", "b", "c"])
    view = show(widget).ready()
    row = view.page.get_by_role("button", name="Select those without one, 20 points")
    row.click()
    view.until(lambda: widget.selection.tolist() == list(range(0, 180, 9)), "all without a class")
    widget.labels = np.zeros(180, int)
    view.until(lambda: not row.is_visible(), "no row where all have a class")


def test_nothing_to_show_is_said(show):
    view = show(Scatter(np.zeros((0, 2)))).ready()
    assert view.texts("waiting") == ["There are no points to show."] and view.texts("hint") == []


def test_the_card_stays_in_the_frame_as_its_preview_comes_and_follows_a_relabel(show):
    widget = scatter(preview=lambda row: np.arange(50.0), height=200)
    view = show(widget).ready()
    lowest = int(widget.points[:, 1].argmin())
    view.page.mouse.move(*view.point(lowest))
    card = view.page.locator(".greenlatent-card")
    view.until(lambda: card.locator(".greenlatent-preview").count(), "the preview")
    view.settle()
    (inner, outer) = (card.bounding_box(), view.stage.bounding_box())
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    labels = widget.labels.copy()
    labels[lowest] = 2
    widget.labels = labels
    view.until(lambda: "wild" in card.inner_text(), "the new label in the card")
    assert card.locator(".greenlatent-preview").count() == 1


def test_a_thousand_groups_have_a_legend_that_ends(show):
    widget = Scatter(np.random.default_rng(0).normal(size=(2000, 2)), groups=np.arange(2000) // 2)
    view = show(widget).ready()
    assert len(legend(view)) == 300 and view.texts("legend-more") == ["and 700 more"]


def test_points_without_a_place_lie_apart_and_can_be_selected(show):
    points, labels = blobs()
    points[[5, 70, 130]] = np.nan
    widget = Scatter(points, labels=labels, classes=["a", "b", "c"])
    view = show(widget).ready()
    assert view.texts("quality") == ["3 without a place"]
    box = view.stage.bounding_box()
    low = box["y"] + box["height"]
    view.drag(
        (box["x"] + 4, low - 60),
        (box["x"] + box["width"] - 4, low - 60),
        (box["x"] + box["width"] - 4, low - 4),
        (box["x"] + 4, low - 4),
    )
    view.until(lambda: widget.selection.tolist() == [5, 70, 130], "the three of them")


def darkest(view: View, at: tuple[float, float], reach: int = 3) -> float:
    """How much ink there is around a place of the page, 0 to 1."""
    return view.page.evaluate(
        """([x, y, reach]) => {
            const canvas = document.querySelector("canvas.greenlatent-points");
            const box = canvas.getBoundingClientRect();
            const pen = canvas.getContext("2d");
            const data = pen.getImageData(x - box.x - reach, y - box.y - reach, 2 * reach, 2 * reach).data;
            return Math.max(...data.filter((_, k) => k % 4 === 3)) / 255;
        }""",
        [*at, reach],
    )


@pytest.mark.parametrize("webgl", [True, False])
def test_a_crowd_is_faint_and_a_lone_point_is_not(show, webgl):
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(0, 0.5, (3000, 2)), [[10.0, 10.0]], [[-10.0, -10.0]]])
    view = show(Scatter(points, labels=np.zeros(3002, int)), alone=True)
    if not webgl:
        view.page.add_init_script("window.noWebGL = true")
        view.load()
    view.ready()
    assert darkest(view, view.point(3000)) > 0.8
    widget = Scatter(points[:3000], labels=np.zeros(3000, int))
    thin = show(widget).ready()
    edge = points[:3000][np.argmax((points[:3000] ** 2).sum(1))]
    assert darkest(thin, thin.spot(*edge)) > 0.8, "a point at the edge of the crowd"


@pytest.mark.parametrize("webgl", [True, False])
def test_how_far_a_picture_can_be_trusted_is_said_and_seen(show, webgl):
    points = np.stack([np.arange(5) * 1.0, np.arange(5) % 2], 1)
    widget = Scatter(points, labels=np.zeros(5, int))
    view = show(widget, alone=True)
    view.page.add_init_script(f"window.noWebGL = {str(not webgl).lower()}")
    view.load()
    view.ready()
    assert view.texts("quality") == []
    plain = [darkest(view, view.point(row), 1) for row in range(5)]
    assert min(plain) > 0.85
    edited, doubtful, stale, left_out = 1, 2, 4, 8
    widget.set_columns({"state": ("flags", np.array([0, edited, doubtful, stale, left_out], "u1"))})
    widget.publish(points, step=3, exact=False, trust=0.874)
    said = "1 left out · 1 stale (pale) · 1 doubtful (hollow) · trust 0.87 · approximate"
    view.until(lambda: view.texts("quality") == [said], "the words")
    view.settle()
    kept = [darkest(view, view.point(row), 1) / before for row, before in enumerate(plain)]
    assert kept[:2] == [1, 1] and kept[3] == pytest.approx(0.5, abs=0.05)
    assert kept[2] < 0.2 and kept[4] < 0.1, "hollow"
    x, y = view.point(1)
    out, on = 9, 2
    ring = [darkest(view, (x + dx, y), on) for dx in (-out, out)]
    assert min(ring) > 0.5 and darkest(view, (view.point(0)[0] + out, y), on) == 0, (
        "a ring around what is edited"
    )
    for row, state in enumerate(["", "edited", "doubtful", "stale", "left out"]):
        view.page.mouse.move(5, 5)
        view.page.mouse.move(*view.point(row))
        assert state in view.texts("card")[0] and ("state" in view.texts("card")[0]) is bool(state)


def test_colours_and_what_a_person_looks_at_are_kept_over_a_reload(show):
    widget = scatter(columns={"age": np.arange(180)})
    view = show(widget).ready()
    before = view.coloured()
    colour_by(view, "age")
    view.page.mouse.click(*view.spot(5, 2.5))
    view.page.mouse.move(*view.spot(5, 6))
    for _ in range(8):
        view.page.mouse.wheel(0, -120)
    view.until(lambda: view.coloured() < 0.8 * before, "a closer view")
    closer = view.coloured()
    view.load()
    view.ready()
    assert view.page.get_by_label("Colour by").input_value() == "age"
    assert view.coloured() == closer
    view.stage.focus()
    view.press("f")
    colour_by(view, "given")
    assert view.page.evaluate("sessionStorage.length") == 0, "what is as it came needs no memory"


def test_the_picture_is_saved_as_png_by_key_and_by_button(show):
    view = show(scatter(title="My <b>points</b>")).ready()
    for save in (
        lambda: view.press("e"),
        lambda: view.page.get_by_role("button", name="Save the picture").click(),
    ):
        view.stage.focus()
        with view.page.expect_download() as download:
            save()
        assert download.value.suggested_filename == "My bpointsb.png"
        with open(download.value.path(), "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_saved_picture_names_its_classes_in_full_and_counts_those_it_leaves_out(show):
    random = np.random.default_rng(0)
    names = [f"a rather long name {k}" for k in range(40)]
    view = show(Scatter(random.normal(size=(80, 2)), labels=np.arange(80) % 40, classes=names)).ready()
    view.page.evaluate(
        """() => { window.written = [];
        const pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
        pen.fillText = function (text, x, y, most = 1e9) {
            const { width } = this.measureText(text);
            written.push([text, width <= most && x + width <= this.canvas.width]);
            write.call(this, text, x, y, most);
        } }"""
    )
    view.stage.focus()
    with view.page.expect_download():
        view.press("e")
    written = view.page.evaluate("written.filter(([text]) => text)")
    assert written == [[name, True] for name in names[:21]] + [["and 19 more", True]]


def test_a_saved_picture_of_numbers_has_their_scale(show):
    n = 50
    points = np.stack([np.linspace(0, 1, n), np.zeros(n)], 1)
    view = show(Scatter(points, columns={"age": np.arange(n)})).ready()
    view.stage.focus()
    with view.page.expect_download() as download:
        view.press("e")
    data = base64.b64encode(download.value.path().read_bytes()).decode()
    hues = view.page.evaluate(
        """async data => {
            const image = new Image();
            image.src = "data:image/png;base64," + data;
            await image.decode();
            const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
            pen.drawImage(image, 0, 0);
            const bar = pen.getImageData(image.width - 112, 34, 102, 1).data;
            return new Set(Array.from({ length: 102 }, (_, k) => bar.slice(4 * k, 4 * k + 3).join())).size;
        }""",
        data,
    )
    assert hues > 60, "a bar from dark to bright beside the points"


def test_a_pen_draws_a_lasso_and_drags_a_point(show):
    widget = scatter()
    heard: list[Any] = []
    widget.on_edit(lambda edit, **_: heard.append(edit))
    view = show(widget).ready()
    pen = view.context.new_cdp_session(view.page)

    def stroke(*way: tuple[float, float]) -> None:
        kinds = ["mousePressed", *["mouseMoved"] * (len(way) - 2), "mouseReleased"]
        for kind, (x, y) in zip(kinds, way, strict=True):
            options = {"button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen", "force": 0.5}
            pen.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **options})

    stroke(*view.circle(view.spot(0, 0), 100))
    view.until(lambda: widget.selection.tolist() == list(range(60)), "the first cluster")
    start, end = view.point(70), view.point(0)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    stroke(start, middle, end, end)
    view.page.get_by_role("dialog").wait_for()
    view.settle()
    view.press("Enter")
    view.until(lambda: heard, "the edit")
