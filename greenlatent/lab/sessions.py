"""Sessions: the session that a Lab begins with, a session gone on with, and the file that is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

from ..course import handin
from ..data.samples import Samples
from ..film.tape import MOST
from ..run.run import Run
from ..run.session import Session, unpacked


def session_of(given: str | Path | Session | bool | None, train: Samples) -> Session | None:
    """A folder, None for a new one once there is something to keep, False for none."""
    if given is True:
        raise ValueError("session is a folder, None for a new one, or False for none")
    if isinstance(given, Session):
        return given
    return None if given is False else Session(given, train.fingerprint)


def film_size(film: int | bool) -> int:
    """Bytes that a film may have; 0 for none."""
    return (MOST if film else 0) if isinstance(film, bool) else film


def gone_on_with(path: str | Path, train: Samples, go_on: Callable[[Session], Any]) -> Any:
    """What `go_on` makes of the session in a folder, or in a zip; what does not load is no session."""
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no session {path}")

    def session(folder: Path) -> Session:
        return Session(folder, train.fingerprint, going_on=True)

    if path.is_dir():
        return go_on(session(path))
    with unpacked(path, train.fingerprint) as (part, settle):
        handin.check_session(part)
        folder = settle()
        try:
            return go_on(session(folder))
        except BaseException:
            rmtree(folder)
            raise


def hand_in(run: Run, path: str | Path, answers: str | Mapping[str, str] | None, agent: Any) -> Path:
    """On the run's thread: the file for whoever checks it; the newest comparison goes in if it is about the run as it
    stands, and what the agent proposed, if there is one."""
    if run.trainer.foreign:
        raise ValueError("the steps of this run are those of a loop outside, which no check can replay")
    accuracy, found = run.evaluate(now=True), run.comparison
    if found is not None and found.with_you[-1].step != run.trainer.steps:
        found = None
    said = {} if agent is None else {"proposals": agent.record.text()}
    return handin.write(path, run.trainer, accuracy=accuracy, answers=answers, comparison=found, **said)
