"""Putting: a setting of a run put by advice, and put back as it was while nobody else has put it since."""

from __future__ import annotations

from collections.abc import Callable

from ..run.run import Run


def put(
    run: Run, name: str, value: float, *, usual: float = 0, until: int | None = None
) -> Callable[[], None]:
    """Put it; returns what puts back what was in force before, by whom that was, or else what is usual."""
    journal = run.journal
    before = journal.setting(name)
    line = journal.put(name, value, until=until, by="advice")

    def back() -> None:
        newest = journal.setting(name)
        if newest is None or newest.n != line:  # somebody put it otherwise since: theirs stays
            return
        if before is None or before.value is None:
            journal.put(name, usual)
        else:
            journal.put(name, before.value, until=before.until, by=before.by)

    return back


def acts(run: Run, name: str) -> bool:
    """Whether this setting is on by a line of this process: what looks at a run ends with it."""
    put = run.journal.setting(name)
    if put is None or not put.value:
        return False
    return not any(event.do == "resume" and event.n > put.n for event in run.journal)
