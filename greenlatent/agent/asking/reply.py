"""Reply: what a model may answer, as a schema, and its answer, checked; what does not fit is refused in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .names import plain
from .wire import Failed, strict

ACTIONS = ("relabel", "sort", "drop", "stop", "prune", "hold", "ask")
RUN, NONE = "run", ""  # about all of it, and no label
WEIGHTS = (NONE, "0", "0.25", "0.5", "2")
REASON = 120  # letters: of digits each is a token, and an answer has 240
TOOL = "answer"


class Unfit(Failed):
    """An answer that cannot count; its text says what would be right, and goes back to the model once."""


@dataclass(frozen=True)
class Pick:
    """What a model answered."""

    action: str
    about: str
    label: str
    weight: str
    reason: str


@dataclass(frozen=True)
class Allowed:
    """What may be named: handles, and labels as they are told."""

    abouts: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def _choices(self) -> dict[str, tuple[str, ...]]:
        return {
            "action": ACTIONS,
            "about": (*self.abouts, RUN),
            "label": (*self.labels, NONE),
            "weight": WEIGHTS,
        }

    def schema(self) -> dict[str, Any]:
        """One flat object without a number, so that every server's grammar can hold a model to it."""
        return enums(self._choices)

    def read(self, text: str) -> Pick:
        """One object that names nothing else."""
        return Pick(**chosen(text, self._choices))


def enums(choices: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """A flat schema of such enums and a reason."""
    properties: dict[str, Any] = {
        name: {"type": "string", "enum": list(values)} for name, values in choices.items()
    }
    properties["reason"] = {"type": "string", "maxLength": REASON}
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def chosen(text: str, choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """One object that takes each of its values from these, and gives a reason."""
    found = _object(text)
    if set(found) != {*choices, "reason"}:
        raise Unfit(f"answer with exactly these: {', '.join((*choices, 'reason'))}")
    for name, values in choices.items():
        if not isinstance(found[name], str) or found[name] not in values:
            told = ", ".join(f'"{value}"' for value in values[:20])
            raise Unfit(f"{name} is one of {told}; you said {plain(json.dumps(found[name]), 40)}")
    if not isinstance(found["reason"], str) or len(found["reason"]) > REASON:
        raise Unfit(f"reason is a text of at most {REASON} letters")
    return {**found, "reason": plain(found["reason"], REASON)}


def message(answer: Any) -> dict[str, Any]:
    """The one message of a chat completion."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Failed("the server answered without choices; is it one for chat completions?")
    if choices[0].get("finish_reason") == "length":
        raise Unfit("the answer was cut off; say it in fewer words")
    found = choices[0].get("message")
    if not isinstance(found, dict):
        raise Failed("the server answered without a message; is it one for chat completions?")
    return found


def text_of(answer: Any) -> str:
    content = message(answer).get("content")
    if not isinstance(content, str) or not content.strip():
        raise Unfit("the answer was empty")
    return content


def call_of(answer: Any) -> str:
    """The arguments of the one tool that there is; a second call is one too many, and left out."""
    calls = message(answer).get("tool_calls")
    if not isinstance(calls, list) or not 1 <= len(calls) <= 2:
        raise Unfit(f"call the tool {TOOL}, once")
    function = calls[0].get("function") if isinstance(calls[0], dict) else None
    if not isinstance(function, dict) or function.get("name") != TOOL:
        raise Unfit(f"the only tool is {TOOL}")
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        raise Unfit(f"the arguments of {TOOL} are one JSON object, as text")
    return arguments


def without_thinking(text: str) -> str:
    return re.sub(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", "", text, count=1, flags=re.DOTALL).strip()


def _object(text: str) -> dict[str, Any]:
    """Thinking before it, fences around it and a second object after it are taken off, once."""
    text = without_thinking(text)
    if fenced := re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", text, re.DOTALL):
        text = fenced[1]
    try:
        found, end = json.JSONDecoder(parse_constant=_refuse).raw_decode(text)
        if rest := text[end:].strip():
            second = strict(rest)
            if not isinstance(second, dict):
                raise ValueError(rest)
    except (ValueError, RecursionError):
        raise Unfit("answer with one JSON object and nothing else") from None
    if not isinstance(found, dict):
        raise Unfit("answer with one JSON object, no list and no text")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")
