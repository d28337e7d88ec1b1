"""What a model can do is found out by what only a true answer has, and kept outside of sessions."""

import json

import pytest

from greenlatent.agent.asking import powers
from greenlatent.agent.asking.powers import CODE, Powers
from greenlatent.agent.asking.wire import Failed, Refused

from .scripted import Scripted
from .serving import completion


def probed(can=(), models=None):
    transport = Scripted(powers=can).transport(lambda host: True)

    class NoStop:
        def check(self):
            pass

    return powers.probe(lambda about, content: transport.ask(about, "", content, NoStop()), "small", models)


@pytest.mark.parametrize(
    ("can", "lane"), [((), "C"), (("schema",), "B"), (("tools",), "A"), (("tools", "schema", "image"), "A")]
)
def test_the_lane_is_the_best_that_it_proved(can, lane):
    found = probed(can)
    assert (found.tools, found.schema, found.image) == tuple(
        name in can for name in ("tools", "schema", "image")
    )
    assert found.lane == lane


def test_prose_with_status_200_proves_nothing_and_a_refusal_is_a_no():
    assert probed().lane == "C"

    def refuses(about, content):
        if about != "powers: plain":
            raise Refused("image input is not supported", 500)

    assert powers.probe(refuses, "small", None).lane == "C"


def test_a_server_that_is_broken_is_not_taken_for_one_that_can_do_nothing():
    def breaks(about, content):
        raise Refused("out of memory", 500)

    with pytest.raises(Refused, match="out of memory"):
        powers.probe(breaks, "small", None)


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_a_server_that_is_closed_to_us_says_nothing_of_powers(status):
    def refuses(about, content):
        raise Refused("no", status)

    with pytest.raises(Failed):
        powers.probe(refuses, "small", None)


def test_tools_and_a_schema_are_never_asked_for_at_once():
    seen = []

    def exchange(about, content):
        seen.append(content)
        return completion(json.dumps({"code": CODE}))

    found = powers.probe(exchange, "small", None)
    assert found.schema and not found.tools, "a text is no call of a tool"
    assert all(not {"tools", "response_format"} <= set(content) for content in seen)


def test_the_context_is_what_the_server_lists():
    listed = {"data": [{"id": "other", "meta": {"n_ctx": 1}}, {"id": "small", "meta": {"n_ctx": 4096}}]}
    assert probed(models=listed).context == 4096
    for odd in (None, [], {"data": 3}, {"data": [{"id": "small", "meta": 7}]}, {"data": [{"id": 3}]}):
        assert probed(models=odd).context is None


def test_powers_are_kept_by_address_and_model_with_their_date_and_a_spoilt_file_is_begun_anew():
    found = Powers(False, True, False, 4096, "2026-11-30", 3)
    powers.keep("http://here/v1", "small", found)
    assert powers.kept("http://here/v1", "small") == found
    assert powers.kept("http://here/v1", "large") is None and powers.kept("http://there/v1", "small") is None
    for text in ("{", "[]", '{"http://here/v1 small": {"more": 1}}', '{"http://here/v1 small": 7}'):
        powers._place().write_text(text)
        assert powers.kept("http://here/v1", "small") is None
    powers.keep("http://here/v1", "small", found)
    assert powers.kept("http://here/v1", "small") == found
