"""`make pictures`: photographs of the quick start for the README, from the real widget, light and dark."""

from pathlib import Path

from tests.browser.harness import CHECKOUT, Notebook, Server, open_browser, wait_until

PICTURES = CHECKOUT / "docs" / "pictures"
STEPS = 800  # by then the classes have parted, and what is mislabelled stands out


def photograph(notebook: Notebook, path: Path) -> None:
    view = notebook.page.locator(".greenlatent").first
    view.scroll_into_view_if_needed()
    notebook.page.mouse.move(0, 0)  # no hover card
    wait_until(lambda: view.screenshot() == view.screenshot(), "points that have come to rest")
    view.screenshot(path=path, animations="disabled")
    print(path.relative_to(CHECKOUT), f"{path.stat().st_size // 1024} KB", flush=True)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open(CHECKOUT / "notebooks" / "01-quickstart.ipynb")
            notebook.run_all()
            notebook.execute(f"lab.start({STEPS}); lab.wait(); lab.refresh()")
            notebook.wait_kernel(f"lab.trainer.steps >= {STEPS}")
            for theme in ("light", "dark"):
                notebook.theme(theme)
                photograph(notebook, PICTURES / f"quickstart-{theme}.png")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
