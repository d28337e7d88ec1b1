"""Deeds: what was done to a run beside edits, in one order with them, so that undo takes back whichever came last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..edits.journal import Journal


class Deed(Protocol):
    """Something done that acts, from a line of the journal on, until it is taken back at another."""

    line: int
    ended: int  # 0 before it was taken back

    @property
    def acts(self) -> bool:
        """Whether it acts now; one that is an edit itself acts while that is in force."""

    def undo(self) -> None:
        """Take it back."""

    def redo(self) -> None:
        """Do it again."""


class Deeds:
    """Edits of a journal and what was done beside them, as one thing to undo and redo.

    A setting is no edit: the journal would have to know what ends with it, such as looks or the limit of a card. So
    the journal keeps its own order, and each deed the lines between which it acts. `call` is how the thread that owns
    the model is asked.
    """

    def __init__(self, journal: Journal, call: Callable[[Callable[[], bool]], Any]):
        self._journal, self._call, self._deeds = journal, call, list[Deed]()

    def did(self, deed: Deed) -> None:
        """Take up what was just done; as after an edit, what was taken back before is not done again."""
        self._deeds = [*(each for each in self._deeds if each.acts), deed]

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self._journal.can_undo or any(deed.acts for deed in self._deeds)

    @property
    def can_redo(self) -> bool:
        """Whether something that was taken back can be done again."""
        return self._journal.can_redo or self._ended() is not None

    def undo(self, *, by: str = "code") -> None:
        """Take back what came last."""
        while not self._undone(by):
            pass  # somebody else took that back meanwhile, and something else came last

    def _undone(self, by: str) -> bool:
        """Whether what seems to come last still did, and was taken back."""
        last, newest = self._last(), self._journal.newest
        if last is not None and last.line >= self._line("add redo", newest):
            return bool(self._call(lambda: self._does(last.undo, last is self._last())))
        return newest is None or self._journal.undo(by=by, only=newest) is not None

    def redo(self, *, by: str = "code") -> None:
        """Do again what was taken back last."""
        while not self._redone(by):
            pass

    def _redone(self, by: str) -> bool:
        last, undone = self._ended(), self._journal.undone
        if last is not None and last.ended > self._line("undo", undone):
            return bool(self._call(lambda: self._does(last.redo, last is self._ended())))
        return undone is None or self._journal.redo(by=by, only=undone) is not None

    @staticmethod
    def _does(what: Callable[[], None], still: bool) -> bool:
        """On the thread that owns the model, where one is done after the other."""
        if still:
            what()
        return still

    def _last(self) -> Deed | None:
        """What acts by the latest line."""
        return max((deed for deed in self._deeds if deed.acts), key=lambda deed: deed.line, default=None)

    def _ended(self) -> Deed | None:
        """What was taken back last, unless an edit came since, after which nothing is done again."""
        gone = [deed for deed in self._deeds if deed.ended and not deed.acts]
        last = max(gone, key=lambda deed: deed.ended, default=None)
        if last is None or any(event.do == "add" and event.n > last.ended for event in self._journal):
            return None
        return last

    def _line(self, how: str, n: int | None) -> int:
        """The last line that did this to edit n; 0 without one."""
        if n is None:
            return 0
        return max(
            (event.n for event in self._journal if event.do in how.split() and n in (event.n, event.of)),
            default=0,
        )
