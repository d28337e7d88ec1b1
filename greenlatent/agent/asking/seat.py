"""Seat: a model beside an agent: how it is met and examined, asked, and what becomes of its answers."""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...energy.joules import Joules
from ...run.run import Run
from ..limits import AGENT, Limits
from . import powers as able
from . import reply, trial
from .llm import Llm
from .names import plain
from .offer import Choices
from .price import Server, priced
from .spent import Reached, Spent
from .thread import Asker
from .wire import CalledOff, Failed, Held, Stop, TooLong

FAILURES = 3  # in a row, after which the rules are alone until somebody tries again
NEW, HELD, READY, GONE = "new", "held", "ready", "gone"


@dataclass(frozen=True)
class Payload:
    """What is sent to a model, or would be: a person sees the same text and the same bytes."""

    host: str
    text: str
    picture: bytes = b""
    held: bool = False  # nothing was sent yet

    @classmethod
    def of(cls, host: str, content: Any) -> Payload:
        """Of what a request holds: its texts, and its picture byte for byte."""
        texts: list[str] = []
        picture = b""
        for message in content["messages"]:
            told = message["content"]
            parts: Any = [{"text": told}] if isinstance(told, str) else told
            for part in parts:
                if "text" in part:
                    texts.append(part["text"])
                else:
                    picture = base64.b64decode(part["image_url"]["url"].partition(",")[2])
        return cls(host, "\n\n".join(texts), picture)

    def __str__(self) -> str:
        seen = f"\n[a picture of {len(self.picture):,} bytes]" if self.picture else ""
        return f"{'Held, for' if self.held else 'Sent to'} {self.host}:\n{self.text}{seen}"


@dataclass(frozen=True)
class Reply:
    """What came of a question: a choice of what is offered, a remark, or why there is none."""

    choice: reply.Pick | None = None
    remark: str = ""
    failed: str = ""


class Seat:
    """Its questions run on a thread of their own, one at a time; answers are taken on the run's thread, between two
    steps. `changed` is called there when something is to be told, `limits` says what may be used."""

    def __init__(
        self, llm: Llm, run: Run, limits: Callable[[], Limits], spent: Spent, changed: Callable[[str], object]
    ):
        self.llm, self.run, self.spent = llm, run, spent
        self.state, self.why = NEW, ""  # why the rules are alone, if so
        self.powers: able.Powers | None = None
        self.payload: Payload | None = None
        self.failures = 0
        self.thread = Asker()
        self._limits, self._changed = limits, changed
        self._allowed: set[str] = set()
        self._transport = llm.transport(self._allowed.__contains__)
        self._name = llm.name or ""
        self._server = None if llm.played else Server(llm.address.port)
        self._dearest = 0.0  # joules of a call
        self._turn = 0  # an answer to an earlier one is dropped
        self._told = ""  # why a transcript was ended

    # -- who it is -------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """As a person knows it: servers may name a model by the path of its file."""
        last = self._name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gguf")
        return plain(last, 40) or "the model"

    @property
    def score(self) -> int | None:
        """Right answers of its trial, None before."""
        return None if self.powers is None else self.powers.score

    @property
    def remote(self) -> bool:
        return self._transport.loopback is False

    @property
    def chooses(self) -> bool:
        """Whether it may choose among what the rules propose."""
        lane = self.powers is not None and self.powers.lane in ("A", "B")
        return self.state == READY and lane and (self.score or 0) >= trial.CHOOSES

    @property
    def locked(self) -> str:
        """Why nothing may be done by itself with this model, "" where it may."""
        if self.state == GONE and self.failures >= FAILURES:
            return ""  # the rules are alone
        if self.score is None:
            return f"{self.name} has not taken its trial"
        if self.score < trial.ACTS:
            return f"not with this model, it answered {self.score} of {trial.ACTS} trial questions"
        if self.remote and not self.llm.address.secure:
            return f"not with a model at {self.llm.address.host} over http; give an https url"
        return ""

    def _verdict(self) -> str:
        if self.state != READY:
            return ""
        told = f"{self.name} answered {self.score} of {trial.ACTS} trial questions"
        if self.chooses:
            return f"{told}: it chooses among what the rules propose."
        return f"{told}: the rules choose, it only remarks."

    # -- asking ----------------------------------------------------------------------------------------------

    def meet(self, preview: Callable[[], Payload]) -> None:
        """Find out who it is and what it can, and examine it, unless that is done or under way."""
        if self.state in (READY, GONE) or self.thread.busy:
            return
        if self.state == HELD and self.llm.address.host not in self._allowed:
            return
        self._begin(self._met, lambda _: self._changed(self._verdict()), preview())

    def ask(self, offer: Choices, take: Callable[[Reply], None], *, picture: bytes = b"") -> bool:
        """Which of these; `take` is called with the answer on the run's thread. False where nobody can be asked."""
        if not self.chooses or self.thread.busy:
            return False

        def job(stop: Stop) -> Reply:
            return Reply(self._choice(offer, picture, stop))

        return self._begin(job, take)

    def remark(self, offer: Choices, take: Callable[[Reply], None], *, picture: bytes = b"") -> bool:
        """What it makes of the first of these, in a sentence, where it may not choose."""
        if self.state != READY or self.thread.busy:
            return False

        def job(stop: Stop) -> Reply:
            content = able.request(self._name, offer.remark_messages(picture=picture))
            told = reply.text_of(self._exchange("remark", content, stop))
            return Reply(remark=plain(reply.without_thinking(told), reply.REASON))

        return self._begin(job, take)

    def allow(self) -> None:
        """What is held, and what comes after, may go to this host, for this session."""
        if self.state != HELD:
            raise ValueError("nothing is held: agent.payload is what was sent last, if anything was")
        self._allowed.add(self.llm.address.host)

    def cancel(self) -> None:
        """Call off the question that is on its way, from any thread; nothing comes of it."""
        self._turn += 1
        self.thread.cancel()

    def _begin(
        self, job: Callable[[Stop], Any], take: Callable[[Reply], object], first: Payload | None = None
    ) -> bool:
        self._turn += 1
        turn = self._turn

        found, said = Reply(), ""

        def work(stop: Stop) -> None:
            nonlocal found, said
            try:
                found = job(stop) or found
                self.failures = 0
            except CalledOff:  # whoever did that goes on by themselves
                found = Reply(failed="it was cancelled")
            except Held as error:
                self.state = HELD
                self.payload = None if first is None else replace(first, held=True)
                said = f"Nothing was sent to {error.host} yet: look at what would be, then Send, or agent.allow()."
            except Reached as error:
                self.state, self.why = GONE, str(error)
                said = f"The rules are alone: {error}. Raise agent.limits, and set agent.llm again."
            except Failed as error:
                said = self._note_failure(error)
                found = Reply(failed=str(error))

        def taken() -> None:
            take(found)
            self._changed(said or self._unwritten())

        return self.thread.begin(work, lambda: self._post(turn, taken))

    def _unwritten(self) -> str:
        """Why a transcript that was wished for is not kept any more, once."""
        recorder = self.llm.recorder
        if recorder is None or recorder.failed == self._told:
            return ""
        self._told = recorder.failed
        return f"{recorder.failed[:1].upper()}{recorder.failed[1:]}." if recorder.failed else ""

    def _post(self, turn: int, work: Callable[[], object]) -> None:
        def taken() -> None:
            if turn == self._turn:
                work()

        try:
            self.run.runner.post(taken)
        except RuntimeError:  # it was closed meanwhile
            pass

    def _note_failure(self, error: Failed) -> str:
        if isinstance(error, reply.Unfit):  # it answers, if nothing that counts
            return f"{self.name} gave no answer that counts: {error}."
        self.failures += 1
        if self.failures < FAILURES:
            return f"{self.name} was not heard: {error}."
        self.state, self.why = GONE, str(error)
        return (
            f"The rules are alone: {self.name} was not heard {FAILURES} times in a row ({error}). Set agent.llm again"
            " to try once more."
        )

    # -- on its thread ---------------------------------------------------------------------------------------

    def _exchange(self, about: str, content: dict[str, Any] | None, stop: Stop) -> Any:
        """One request, within limits, charged, and kept in a transcript where one is wished for."""
        llm, transport = self.llm, self._transport
        path = "/models" if content is None else "/chat/completions"
        self.spent.reserve(self._limits(), content, llm.price, free=bool(transport.loopback) or llm.played)
        self._check_joules()
        tries = transport.requests
        before = self._server.seconds() if self._server is not None and transport.loopback else None
        answer, failed, begun = None, "", time.perf_counter()
        try:
            answer = transport.ask(about, path, content, stop)
            return answer
        except Failed as error:
            failed = str(error)
            raise
        finally:
            if content is not None and (transport.requests > tries or llm.played):
                self.payload = Payload.of(llm.address.host, content)
            self.spent.add_calls(max(0, transport.requests - tries - 1))
            took = self._charge(content, answer, before, time.perf_counter() - begun)
            if llm.recorder is not None and (answer is not None or failed):
                llm.recorder.note(about, content, answer, failed, took)

    def _check_joules(self) -> None:
        """One call more must fit into a limit of joules, by the dearest so far."""
        most = self._limits().joules
        cost = None if most is None else self.run.meter.ledger().get(AGENT)
        if most is None or cost is None:
            return
        if not cost.known:
            raise Reached(f"what it spends cannot be read, so {most:g} J cannot be kept")
        if cost.high + self._dearest > most:
            raise Reached(f"{cost} of {most:g} J are spent, and the next call could take {self._dearest:.2g}")

    def _charge(self, content: Any, answer: Any, before: float | None, seconds: float) -> Joules | None:
        if content is None or self.llm.played:
            return None
        if answer is not None:
            self.spent.count(content, answer, self.llm.price)
        meter, local, server = self.run.meter, bool(self._transport.loopback), self._server
        took = priced(meter, self.llm, answer, loopback=local, server=server, before=before, seconds=seconds)
        if took is not None and (answer is not None or took.known):
            meter.charge(AGENT, took)
            self._dearest = max(self._dearest, took.high if took.known else math.inf)
        return took

    def _met(self, stop: Stop) -> None:
        """Its name, what it can do, and its trial; what is known from before is not asked again."""
        if not self._transport.reach(stop) and self.llm.address.host not in self._allowed:
            raise Held(self.llm.address.host)
        models = None
        if not self._name:
            models = self._exchange("models", None, stop)
            listed = able.listed(models)
            if not listed:
                raise Failed(f"{self.llm.address} lists no model; give its name: Llm(name=)")
            self._name = listed[0]["id"]
        address = str(self.llm.address)

        def exchange(about: str, content: dict[str, Any]) -> Any:
            return self._exchange(about, content, stop)

        known = None if self.llm.played else able.kept(address, self._name)
        found = known or able.probe(exchange, self._name, models)
        if found.score is None:
            found = able.scored(found, trial.examine(exchange, self._name, found.lane))
        if not self.llm.played:
            able.keep(address, self._name, found)
        self.powers, self.state = found, READY

    def _choice(self, offer: Choices, picture: bytes, stop: Stop) -> reply.Pick:
        """Its answer; one that cannot count is told back once, and a prompt that is too long is shortened once."""
        assert self.powers is not None
        lane = self.powers.lane

        def once(messages: list[dict[str, Any]]) -> reply.Pick:
            def exchange(about: str, content: dict[str, Any]) -> Any:
                return self._exchange(about, content, stop)

            choice = trial.answered(exchange, "choose", self._name, lane, messages, offer.allowed)
            offer.pick(choice)
            return choice

        messages = offer.messages(picture=picture)
        try:
            return once(messages)
        except TooLong:
            messages = offer.messages(picture=picture, short=True)
            return once(messages)
        except reply.Unfit as error:
            return once([*messages, *able.ask(f"That cannot count: {error}. Reply again.")])
