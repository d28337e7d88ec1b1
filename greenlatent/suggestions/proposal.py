"""Proposal: something that somebody or a rule would do, as a value, and which state may follow which."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..energy.joules import Joules
from .review import Sheet
from .suggester import Suggestion

KINDS = ("relabel", "drop", "weigh", "sort", "stop", "prune", "budget", "ask", "note", "advice")
SHOWN, ACCEPTED, CHANGED, REJECTED = "shown", "accepted", "changed", "rejected"
REFUSED, EXPIRED, DONE, TAKEN_BACK = "refused", "expired", "done", "taken back"
# state -> those that may follow it
AFTER = {
    SHOWN: (ACCEPTED, CHANGED, REJECTED, EXPIRED),
    ACCEPTED: (TAKEN_BACK,),
    CHANGED: (TAKEN_BACK,),
    DONE: (TAKEN_BACK,),
    REFUSED: (),
    REJECTED: (),
    EXPIRED: (),
    TAKEN_BACK: (),
}
HOW = (
    "Show all selects them and shows what they look like. Click away the right or the wrong ones, whichever are fewer,"
    " then say what is left."
)


@dataclass(frozen=True)
class Proposal:
    """What could be done about these samples or the run, why, and who says so; a change of state makes another value.

    `label` is what a relabel would give, `weight` how often an epoch would meet them; for a budget it is the joules.
    """

    kind: str
    ids: tuple[int, ...] = ()
    label: str | None = None
    weight: float | None = None
    reason: str = ""
    remark: str = ""  # of a model, not checked
    said_by: str = ""  # which model that was
    by: str = "rules"
    step: int = 0
    saves: Joules | None = None
    state: str = SHOWN
    about: Suggestion | Sheet | None = field(default=None, repr=False, compare=False)  # what it was made of
    id: str = field(default="", compare=False)  # given by the desk that it lies on

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a proposal is one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.state not in AFTER:
            raise ValueError(f"a proposal is in one of the states {', '.join(AFTER)}, got {self.state!r}")

    @property
    def medoid(self) -> int | None:
        """The sample that stands for the others."""
        if isinstance(self.about, Suggestion):
            return self.about.medoid
        return self.ids[0] if self.ids else None

    @property
    def question(self) -> str:
        """What is asked about its samples together; empty where a label is proposed."""
        if isinstance(self.about, Sheet):
            return self.about.question
        return "" if self.kind == "relabel" else self.reason


def proposed(about: Suggestion | Sheet, *, by: str = "rules") -> Proposal:
    """A suggestion or a sheet as a proposal."""
    if isinstance(about, Sheet):
        return Proposal("sort", about.ids, about.label, reason=HOW, by=by, step=about.step, about=about)
    return Proposal(
        "relabel", about.ids, about.proposed, reason=about.reason, by=by, step=about.step, about=about
    )
