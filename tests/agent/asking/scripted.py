"""A model that is a function, and answers within a millisecond."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from greenlatent.agent.asking.llm import Llm
from greenlatent.agent.asking.powers import CODE, SHOWN
from greenlatent.agent.asking.trial import questions
from greenlatent.agent.asking.wire import Held

from .serving import choice, completion


def right(k: int) -> str:
    """The right answer to the k-th question of the trial, from 1 on."""
    question = questions()[k - 1]
    return choice("relabel", question.about, question.label)


class Scripted(Llm):
    """`chooses(content)` answers what it is asked about a run: a text, an answer as a dict, or an error to raise.
    `score` of its trial it answers right. It can do what `powers` names of tools, schema and image."""

    def __init__(
        self,
        chooses: Callable[[dict], Any] = lambda content: choice(),
        *,
        score: int = 8,
        powers: tuple[str, ...] = ("schema",),
        loopback: bool = True,
        url: str = "http://127.0.0.1:9/v1",
        **options: Any,
    ):
        super().__init__(url, **{"name": "Clever-1B", **options})
        self.chooses, self.score, self.can, self.here = chooses, score, powers, loopback
        self.asked: list[tuple[str, Any]] = []

    def transport(self, allowed: Callable[[str], bool]) -> Any:
        return _Function(self, allowed)

    def about(self, what: str) -> list[Any]:
        """What it was asked of this kind."""
        return [content for about, content in self.asked if about.startswith(what)]


class _Function:
    def __init__(self, llm: Scripted, allowed: Callable[[str], bool]):
        self.llm, self.allowed, self.requests, self.loopback = llm, allowed, 0, llm.here

    def reach(self, stop: Any) -> bool:
        stop.check()
        return self.llm.here

    def ask(self, about: str, path: str, content: Any, stop: Any) -> Any:
        stop.check()
        llm = self.llm
        if not self.loopback and not self.allowed(llm.address.host):
            raise Held(llm.address.host)
        self.requests += 1
        llm.asked.append((about, content))
        found = self._answer(about, content)
        stop.check()
        if isinstance(found, BaseException):
            raise found
        return found if isinstance(found, dict) else completion(found)

    def _answer(self, about: str, content: Any) -> Any:
        llm, kind = self.llm, about.split()[0]
        if about.startswith("powers: "):
            what = about.removeprefix("powers: ")
            if what not in llm.can:
                return "Hello!"
            if what == "image":
                return " ".join(SHOWN)
            code = json.dumps({"code": CODE})
            return _called(code) if what == "tools" else code
        if kind == "trial":
            k = int(about.split()[1])
            answer = right(k) if k <= llm.score else choice("stop")
        else:
            answer = llm.chooses(content)
        return _called(answer) if "tools" in content and isinstance(answer, str) else answer


def _called(arguments: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": arguments}}
    return completion(None, "tool_calls", tool_calls=[call])
