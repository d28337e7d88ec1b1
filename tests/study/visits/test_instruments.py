"""Single samples of a second instrument, dragged to the names of the first."""

import numpy as np

import greenlatent as gl
from greenlatent.study.visits import instruments


def test_a_move_that_does_not_pull_is_worth_what_a_relabel_is():
    parts = instruments.pictures(gl.datasets.digits(), 1, lambda x: 1 - x)
    found = instruments.drag(parts, 1, drags=8, steps=40)
    assert found["move"] == found["relabel"]
    assert set(found) == {"relabel", "move", "contrast", "chosen"} and all(map(np.isfinite, found.values()))
    assert found["chosen"] in (found["contrast"], found["move"])


def test_what_was_chosen_trains_as_if_it_had_been_said_at_the_start():
    data = gl.datasets.digits().take(range(200))
    y = data.y.clone()
    y[100:] = -1
    weights = []
    for contrast in (1.0, "chosen"):
        model = instruments.nets.made(instruments.nets.mlp, data, 10, 0)
        run = instruments.nets.trainer(
            model,
            gl.Samples(data.x, y, classes=data.classes),
            0,
            feedback=gl.Feedback(contrast=contrast),
        )
        for c in range(10):
            ids = (100 + np.flatnonzero(data.y[100:] == c)[:2]).tolist()
            run.journal.add(gl.Move(ids, data.classes[c]))
        on = contrast == 1.0 or run.choose_contrast(40).on
        run.step(16)
        weights.append((on, [p.detach().clone() for p in model.parameters()]))
        run.close()
    same = all((a == b).all() for a, b in zip(weights[0][1], weights[1][1], strict=True))
    assert same == weights[1][0]


def test_an_instrument_is_asked_about_other_windows_than_it_is_dragged_from():
    data = gl.datasets.watch()
    parts = instruments.signals(data, 0, lambda x: x, "right")
    assert len(parts.first) == (data.groups["side"] == "right").sum()
    assert len(parts.first) + len(parts.pool) + len(parts.asked) == len(data)
    rows = {row.tobytes() for row in parts.pool.x.numpy()}
    assert not any(row.tobytes() in rows for row in parts.asked.x.numpy())
