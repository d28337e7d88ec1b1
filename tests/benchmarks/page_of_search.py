"""What the page of a search costs: the kernel's processor seconds of the same search with its page open, in a real
JupyterLab and a real browser, over those without; `python -m tests.benchmarks.search page`."""

from __future__ import annotations

import statistics

from tests.benchmarks import judge
from tests.browser.harness import Notebook, Server, open_browser

ROUNDS = 4
SETUP = """
import tempfile, threading, time
import greenlatent as gl
from tests.benchmarks.search import SPACE, live_data, maker

train, valid = live_data("digits", 0)
make, price, spent = maker(64, 10), (lambda rate, width, batch: 1e-6 * (width + 64)), []


def begin(seed):
    global search
    space = {**SPACE, "width": [32, 64, 128, 256]}
    search = gl.Search(make, train, valid=valid, space=space, epochs=40, seed=seed, price=price, sampler="random",
                       folder=tempfile.mkdtemp())


def go():
    def note(begun=time.process_time()):
        search.start(candidates=40)
        search.wait()
        spent.append(time.process_time() - begun)
        search.close()
    threading.Thread(target=note).start()


begin(0)
go()
"""


def page() -> None:
    """The same searches with and without a page, in turns."""
    print("\nA search with its page open, over the same without:")
    server, closed, opened = Server("lab"), [], []
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open([SETUP, "'nothing'", "search"])
            notebook.run(0)
            notebook.wait_kernel("len(spent) == 1", patience=300)  # the first of each kind brings imports
            notebook.execute("begin(0)")
            notebook.run(2)
            notebook.clear(2)
            for seed in range(1, ROUNDS + 1):
                for found, cell in ((closed, 1), (opened, 2)):
                    notebook.execute(f"begin({seed}); spent.clear()")
                    notebook.run(cell)
                    notebook.execute("go()")
                    notebook.wait_kernel("len(spent) == 1", patience=300)
                    found.append(notebook.kernel("spent[0]"))
                    notebook.clear(2)
            assert notebook.errors == []
    finally:
        server.stop()
    print(
        f"  closed {', '.join(f'{s:.2f}' for s in closed)} s; open {', '.join(f'{s:.2f}' for s in opened)} s"
    )
    pairs = [one / other for one, other in zip(opened, closed, strict=True)]
    judge("page open, of page closed, median of pairs", statistics.median(pairs), 1.10)
