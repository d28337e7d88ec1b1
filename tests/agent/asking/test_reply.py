"""What a model may answer, and what is refused in words that say what would be right."""

import json

import pytest

from greenlatent.agent.asking import reply
from greenlatent.agent.asking.reply import Allowed, Unfit
from greenlatent.agent.asking.wire import Failed

from .serving import choice, completion

ALLOWED = Allowed(("G1", "G2", "S1"), ("3", "8"))


def test_one_flat_object_is_read():
    found = ALLOWED.read(choice("relabel", "G1", "8", "", "open eights"))
    assert (found.action, found.about, found.label, found.reason) == ("relabel", "G1", "8", "open eights")


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{choice()}\n```",
        f"```\n{choice()}```",
        f"<think>I wonder {{ }} </think>\n{choice()}",
        f"<thinking>what</thinking>```json\n{choice()}\n```",
        f"{choice()}\n{choice('stop')}",
        f"  \n{choice()}\n ",
    ],
)
def test_thinking_fences_and_a_second_object_are_taken_off_once(text):
    assert ALLOWED.read(text).action == "hold"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"Sure! Here it is: {choice()}", "one JSON object and nothing else"),
        (f"{choice()} I hope this helps.", "nothing else"),
        (f"{choice()}{choice()}{choice()}", "nothing else"),
        (f"```{choice()}``` ```{choice()}```", "nothing else"),
        (f"<think>a</think><think>b</think>{choice()}", "nothing else"),
        (f"[{choice()}]", "no list"),
        ("[" * 50_000, "nothing else"),
        ('{"a":' * 50_000, "nothing else"),
        ('"relabel"', "no text"),
        (choice(action="delete"), 'action is one of "relabel"'),
        (choice(about="G9"), 'about is one of "G1"'),
        (choice(about="17"), "about is one of"),
        (choice(label="banana"), 'label is one of "3", "8"'),
        (choice(weight="0.3"), "weight is one of"),
        (choice(reason="y" * 100_000), "at most 120 letters"),
        (json.dumps({**json.loads(choice()), "about": ["G1", "G2"]}), "about is one of"),
        (json.dumps({**json.loads(choice()), "reason": 1.5}), "a text"),
        (json.dumps({**json.loads(choice()), "more": 1}), "exactly these"),
        ('{"action": "hold"}', "exactly these"),
        (choice().replace('"so"', "NaN"), "nothing else"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(text, told):
    with pytest.raises(Unfit, match=told) as found:
        ALLOWED.read(text)
    assert len(str(found.value)) < 400


def test_a_reason_is_plain_text_on_one_line():
    found = ALLOWED.read(choice(reason='<b>so</b>\n\u202eevil "x"'))
    assert found.reason == "<b>so</b> evil 'x'"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, "without choices"),
        ({"choices": []}, "without choices"),
        ([], "without choices"),
        ({"choices": [1]}, "without choices"),
        ({"choices": [{}]}, "without a message"),
        (completion(None), "empty"),
        (completion("  "), "empty"),
        (completion(["a"]), "empty"),
        (completion(choice(), finish="length"), "cut off"),
    ],
)
def test_what_is_no_answer_is_told(answer, told):
    with pytest.raises(Failed, match=told):
        reply.text_of(answer)


@pytest.mark.parametrize(
    "calls",
    [
        None,
        [],
        [{}],
        [{"function": {"name": "other", "arguments": "{}"}}],
        [{"function": {"name": "answer", "arguments": {}}}],
    ],
)
def test_a_call_of_another_tool_or_none_is_refused(calls):
    with pytest.raises(Unfit):
        reply.call_of(completion(None, tool_calls=calls))


def test_the_schema_is_one_flat_object_of_enums_and_one_bounded_text():
    schema = ALLOWED.schema()
    assert schema["additionalProperties"] is False and set(schema["required"]) == set(schema["properties"])
    for name, field in schema["properties"].items():
        assert field["type"] == "string" and ("enum" in field) != (name == "reason")
    assert schema["properties"]["about"]["enum"] == ["G1", "G2", "S1", "run"]
    assert "number" not in json.dumps(schema)
