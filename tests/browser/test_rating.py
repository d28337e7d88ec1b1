"""Ratings on the page: in the list of edits as what they are, and undone there."""

import os
from pathlib import Path

import pytest

import greenlatent as gl
from tests.browser.test_layout import open_fold
from tests.browser.test_manners import darken
from tests.parts import clusters, linear_net


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [480, 1366])
def test_a_rating_is_in_the_list_of_edits_with_its_stars_and_who_gave_them(show, width, theme):
    with gl.Lab(linear_net(), clusters(90), latent="0", session=False) as lab:
        lab.journal.add(gl.Rate(range(12), 1), by="ann")
        lab.journal.add(gl.Rate([5], 5), by="<b>bob</b>")
        view = show(lab.widget, viewport={"width": width, "height": 1000})
        if theme == "dark":
            darken(view)
        view.ready()
        open_fold(view, "Edits")
        fold = view.page.get_by_role("region", name="Edits")
        view.until(lambda: "12 samples rated 1 of 5 stars" in fold.inner_text(), "the rating")
        assert "rated 5 of 5 stars" in fold.inner_text()
        assert fold.locator("b").count() == 0, "names are no markup"
        if folder := os.environ.get("GREENLATENT_PICTURES"):
            view.page.screenshot(path=Path(folder) / f"rating-{width}-{theme}.png", full_page=True)
