"""A Lab solves what was named while training runs, and training notices nothing."""

import numpy as np

import greenlatent as gl

from ..parts import digit_samples, linear_net, net, same, weights
from ..widgets.page import Page


def test_a_lab_solves_between_two_steps_and_its_line_is_in_the_ledger():
    train, valid = digit_samples()
    labs = [gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) for _ in range(2)]
    for lab in labs:
        lab.step(40)
        lab.journal.add(gl.Relabel(np.flatnonzero(train.y == 4)[:15], "4"), by="human")
    solved = labs[0].solve()
    for lab in labs:
        lab.step(20)
    assert solved.accuracy.value > solved.before.value + 0.1
    assert same(weights(labs[0].trainer.model), weights(labs[1].trainer.model))
    assert labs[0].energy["solve"].known and "solve" not in labs[1].energy
    # a moment reads no clocks of other threads: what they did meanwhile is told apart at the next look of the meter
    assert solved.energy.known and 0 < solved.energy.value < 2 * labs[0].energy["solve"].value
    for lab in labs:
        lab.close()


def watched(lab: gl.Lab) -> Page:
    """A page that shows the Lab, and stays."""
    page = Page(lab.widget)
    page.open()
    page.draw()
    return page


def solved(page: Page) -> dict:
    return page.last("solved")


def test_what_is_named_while_a_lab_is_paused_is_solved_at_once_and_undo_takes_it_back():
    train, valid = digit_samples()
    with gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        lab.step(60)
        page = watched(lab)
        lab.journal.add(gl.Relabel(np.flatnonzero(train.y == 3)[:20], "3"), by="human")
        lab.runner.call(lambda: None)
        told = solved(page)
        assert told["text"].startswith("solved ") and " | trained " in told["text"] and told["changed"] > 0
        assert "Of 20 named" in told["note"]
        assert lab.accuracy < lab.trainer.readout.last.accuracy.value
        lab.undo()
        lab.runner.call(lambda: None)
        assert solved(page)["text"] == "" and lab.trainer.readout.last is None


def test_where_nobody_watches_nothing_is_solved_by_itself():
    train, valid = digit_samples()
    with gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        lab.step(5)
        lab.journal.add(gl.Relabel([1, 2], "3"), by="human")
        lab.runner.call(lambda: None)
        assert lab.trainer.readout.last is None and "solve" not in lab.energy


def test_a_found_class_reaches_the_page_with_its_name_before_its_samples():
    train, valid = digit_samples()
    with gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        lab.step(5)
        watched(lab)
        lab.journal.add(gl.Found([0, 1, 2], "hook"), by="human")
        lab.runner.call(lambda: None)
        assert lab.widget.classes[-1] == "hook"
        message = lab._dashboard._status["message"]
        assert message == "'hook' is in the read-out only: the head has 10 outputs."
        lab.step(2)  # and goes on


def test_numbers_are_solved_for_their_loss():
    x = np.random.default_rng(0).normal(size=(120, 4)).astype(np.float32)
    data = gl.Samples(x, x @ np.array([1.0, -2.0, 0.5, 0.0], np.float32))
    train, valid = data.split(0.3, seed=0)
    with gl.Lab(
        linear_net(classes=1), train, valid=valid, latent="0", threads=1, session=False, batch_size=8
    ) as lab:
        lab.step(10)
        page = watched(lab)
        lab.journal.add(gl.Relabel([0, 1], 3.0), by="human")
        lab.runner.call(lambda: None)
        assert solved(page)["text"].startswith("solved: loss ") and lab.solve().loss < lab.solve().loss_before


def test_a_comparison_tells_both_solved_accuracies():
    train, valid = digit_samples()
    with gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) as lab:
        lab.step(30)
        lab.journal.add(gl.Relabel(np.flatnonzero(train.y == 3)[:20], "3"), by="human")
        lab.step(10)
        found = lab.control()
        mine, theirs = found.solved
        assert mine == lab.trainer.solve().accuracy.value and 0.5 < theirs < 1
        assert any(line.startswith("Solved at the end") for line in found.lines)
