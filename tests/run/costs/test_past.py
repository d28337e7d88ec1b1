"""Earlier runs with the same data can be laid beside this one; a damaged file of one is left out."""

import greenlatent as gl
from greenlatent.run.costs.past import COURSE, past_runs

from ...parts import clusters, linear_net


def run(seed, steps=40, **options):
    lab = gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, threads=1, seed=seed, **options)
    lab.step(steps)
    lab.journal.add(gl.Drop([seed]))
    lab.step(1)
    lab.save()
    return lab


def test_a_saved_run_is_found_by_the_next_with_its_curve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = run(0)
    assert first.accuracy is not None  # by now this pause has been looked at
    course = [(p.passes, p.accuracy) for p in first.course]
    first.close()
    second = run(1)
    (panel,) = [second._dashboard.panels]
    (past,) = panel._past
    assert list(past.course) == course[: len(past.course)] and past.edits == 1
    panel.lay(past.name, True)
    second.curve  # noqa: B018 - it is drawn when it is first asked for
    (laid,) = second.curve.marks[4:]
    assert laid.labels == [past.name] and laid.x.tolist() == [passes for passes, _ in past.course]
    panel.lay(past.name, False)
    second.runner.call(second._dashboard.draw_curve)
    assert second.curve.marks[4:] == []
    second.close()


def test_damaged_courses_are_left_out(tmp_path):
    for k, text in enumerate(
        ['{"edits": 1}', "[" * 100_000, '{"edits": 1, "course": [[1, NaN]]}', "\x00", "null"]
    ):
        (tmp_path / f"data-{k}").mkdir()
        (tmp_path / f"data-{k}" / COURSE).write_text(text)
    (tmp_path / "data-9").mkdir()
    (tmp_path / "data-9" / COURSE).write_text('{"edits": 2, "course": [[64, 0.5]]}')
    assert [past.name for past in past_runs(tmp_path, "data", None)] == ["data-9"]
    assert past_runs(tmp_path, "data", tmp_path / "data-9") == []
