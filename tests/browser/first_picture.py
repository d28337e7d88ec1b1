"""`make lab CHECK=1`: run a notebook in a real JupyterLab until its first picture, and time it."""

import sys
import time
from pathlib import Path

from tests.browser.harness import Notebook, Server, open_browser, wait_until

# Whatever is drawn in colour: points are, the plot's background, axes and text are grey.
COLOURED = "Math.max(r, g, b) - Math.min(r, g, b) > 60"


def first_picture(path: Path) -> None:
    begin = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {what}", flush=True)

    server = Server("lab")
    try:
        tell("JupyterLab answers")
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open(path)
            tell(f"{path.name} is open, its kernel ready")
            notebook.run_all()
            tell("all cells ran")
            canvas = notebook.page.locator(".greenlatent canvas").first
            canvas.scroll_into_view_if_needed()
            wait_until(
                lambda: notebook.count_pixels(canvas.screenshot(), COLOURED) > 100, "points on the plot"
            )
            tell("first picture: points are drawn")
            if notebook.errors:
                raise AssertionError("the browser reports: " + "; ".join(notebook.errors))
    finally:
        server.stop()


if __name__ == "__main__":
    try:
        first_picture(Path(sys.argv[1]))
    except Exception as error:
        print(f"failed: {error}", file=sys.stderr)
        sys.exit(1)
