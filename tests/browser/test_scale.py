"""A Lab over two ranks in a real browser: what is dragged on the page is in force in both processes."""

import pytest

from tests.browser.harness import Notebook, wait_until
from tests.browser.plot import Plot
from tests.browser.test_lab import LAB, MODEL

GONE = "not __import__('pathlib').Path(f'/proc/{pid}').exists()"


@pytest.mark.slow
def test_a_lab_over_two_ranks_is_dragged_undone_reloaded_and_closed(tab: Notebook):
    tab.show(MODEL, LAB.replace("threads=1", "threads=1, ranks=2"))
    plot = Plot(tab)
    tab.execute("pid = lab.trainer.company.who.nodes[1]['pid']")
    start, sample = plot.lone()
    given = tab.kernel(f"int(lab.trainer.train.y[{sample}])")
    plot.drag(start, plot.spots()[0])
    plot.answer("^This one is")
    tab.wait_kernel("len(lab.journal) == 1")
    plot.button("Ten training steps").click()
    tab.wait_kernel("lab.trainer.steps == 10")
    assert tab.kernel(f"int(lab.trainer.mending.y[{sample}])") != given
    # a replay in one process has the weights of both, but for the order in which numbers were added up
    tab.execute(
        "alone = gl.replay(lab.journal, network(), train, optimizer=slowly, steps=10).model.state_dict()"
    )
    off = "max(float((a - b).abs().max()) for a, b in zip(alone.values(), model.state_dict().values()))"
    assert tab.kernel(off) < 1e-5
    plot.button("Undo").click()
    tab.wait_kernel("len(lab.journal.active) == 0")
    plot.button("Run training").click()
    tab.wait_kernel("lab.trainer.steps > 60")
    tab.reload()
    again = Plot(tab)
    again.button("Pause training").click()
    tab.wait_kernel("not lab.runner.running")
    steps = tab.kernel("lab.trainer.steps")
    wait_until(lambda: again.reading("Step").startswith(f"{steps:,}"), "the step on the page")
    assert tab.kernel(f"int(lab.trainer.mending.y[{sample}])") == given
    assert not tab.kernel(GONE)
    tab.execute("lab.close()")
    assert tab.kernel(GONE), "the other rank is gone with the Lab"
