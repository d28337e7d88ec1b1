"""A real page that floods its kernel, sends junk or shows markup: training goes on, and it is heard afterwards."""

import json
import random
import re
from typing import Any

import pytest

from tests.browser.harness import Notebook, wait_until
from tests.browser.plot import Plot
from tests.browser.test_lab import LAB, MODEL
from tests.widgets.test_malformed import GOOD, mangled

MESSAGES = 500

# What a widget on this page would send, by the comm that its own model holds.
SEND = """
const comm = session.session.kernel._comms.get(argument.comm) ?? await 0;
const held = await comm;
for (const content of argument.contents) held.send({ method: "custom", content }, {}, []);
return held.commId === argument.comm
"""


def flood(tab: Notebook, contents: list[Any]) -> None:
    comm = tab.kernel("lab.widget.comm.comm_id")
    text = json.dumps(contents).replace("NaN", "null").replace("Infinity", "1e999")
    assert tab._do(SEND, {"comm": comm, "contents": json.loads(text)})


@pytest.fixture
def running(each_tab: Notebook) -> Plot:
    each_tab.show(MODEL, LAB)
    plot = Plot(each_tab)
    plot.button("Run training").click()
    each_tab.wait_kernel("lab.trainer.steps > 20")
    return plot


def still_works(plot: Plot) -> None:
    kernel = plot.notebook
    steps = kernel.kernel("lab.trainer.steps")
    kernel.wait_kernel(f"lab.trainer.steps > {steps} + 20")
    plot.button("Pause training").click()
    kernel.wait_kernel("not lab.runner.running")
    assert kernel.kernel("lab.runner.error is None")
    edits = kernel.kernel("len(lab.journal)")
    start, _ = plot.lone()
    plot.drag(start, plot.spots()[0])
    plot.answer("^This one is|^Pull")
    kernel.wait_kernel(f"len(lab.journal) == {edits} + 1")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["previews", "hellos", "selections", "edits", "junk"])
def test_a_flood_from_a_real_page_is_outlived(running: Plot, what: str):
    kernel, dice = running.notebook, random.Random(1)
    v = {"v": 2}
    contents = {
        "previews": [{**v, "type": "preview", "seq": n} for n in range(MESSAGES)],
        "hellos": [{**v, "type": "hello", "seq": n, "view": f"v{n}", "open": True} for n in range(MESSAGES)],
        "selections": [{**v, "type": "selection", "seq": n, "client": "c"} for n in range(MESSAGES)],
        "edits": [
            {
                **v,
                "type": "edit",
                "seq": n,
                "client": "c",
                "number": 7,
                "seconds": 1,
                "frame": 0,
                "edit": {"kind": "Drop", "ids": []},
            }
            for n in range(MESSAGES)
        ],
        "junk": [
            {**v, "seq": n, **content}
            if isinstance(content := mangled(dice.choice(GOOD), dice), dict)
            else content
            for n in range(MESSAGES)
        ],
    }[what]
    flood(kernel, contents)
    still_works(running)


MARKUP = """
import numpy as np
evil = "<img src=x onerror='window.pwned = 1'><script>window.pwned = 1</script>"
x = np.random.default_rng(0).normal(size=(60, 4)).astype("f4")
data = gl.Samples(x, np.arange(60) % 2, classes=[evil, "good"], groups={evil: np.array([evil, "a"])[np.arange(60) % 2]},
                  preview=lambda i: evil, names=[evil + str(i) for i in range(60)])
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
lab = gl.Lab(model, data, latent="0", threads=1)
lab
"""


def test_markup_in_every_name_is_text_on_the_page(each_tab: Notebook):
    each_tab.show("import torch\nimport greenlatent as gl", MARKUP)
    plot = Plot(each_tab)
    plot.button("Ten training steps").click()
    each_tab.wait_kernel("lab.trainer.steps == 10")
    each_tab.execute("lab.widget.selection = range(12)")
    plot.root.get_by_role("button", name="Show them", exact=True).click()
    wait_until(lambda: plot.root.get_by_text(re.compile("onerror")).count() > 5, "the names, as text")
    assert plot.root.locator("img[src=x], script").count() == 0
    assert each_tab.page.evaluate("window.pwned") is None
