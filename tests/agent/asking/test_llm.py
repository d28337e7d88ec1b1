"""A model as somebody names it: what is refused, in words that say what would work, and a key that is never printed."""

import pytest

import greenlatent as gl

URL = "http://127.0.0.1:8080/v1"


def test_a_key_is_the_name_of_a_variable_and_what_looks_like_a_key_is_not_printed(monkeypatch):
    monkeypatch.setenv("MY_KEY", " abc123 \n")
    assert gl.Llm(URL, key="MY_KEY").secret() == "abc123"
    for given in ("sk-proj-abcdef", "sk_live_1234", "x" * 60, "gsk_abcdef", "abc.def-ghi"):
        with pytest.raises(ValueError, match="name of an environment variable") as found:
            gl.Llm(URL, key=given)
        assert given not in str(found.value)
    monkeypatch.setenv("EMPTY", "")
    for name in ("EMPTY", "NOT_THERE"):
        with pytest.raises(ValueError, match=f"{name} is not set, or empty"):
            gl.Llm(URL, key=name)
    with pytest.raises(TypeError, match="name of an environment variable"):
        gl.Llm(URL, key=7)
    monkeypatch.setenv("TWO_LINES", "abc\r\nX-Evil: 1")
    with pytest.raises(ValueError, match="TWO_LINES holds no key"):
        gl.Llm(URL, key="TWO_LINES").secret()


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"seconds": 0}, ValueError, "above 0"),
        ({"seconds": float("nan")}, ValueError, "finite"),
        ({"seconds": "30"}, TypeError, "no number"),
        ({"name": ""}, TypeError, "no name"),
        ({"zone": 3}, TypeError, "no name"),
        ({"price": 3}, TypeError, "million tokens"),
        ({"price": (1, -1)}, ValueError, "none below 0"),
        ({"joules": -1}, ValueError, "low <= value"),
        ({"joules": (2, 3, 4)}, ValueError, "low <= value"),
        ({"joules": "4"}, TypeError, "what a call takes"),
    ],
)
def test_what_is_no_option_says_what_would_be(options, error, told):
    with pytest.raises(error, match=told):
        gl.Llm(URL, **options)


def test_it_shows_itself_without_a_key(monkeypatch):
    monkeypatch.setenv("MY_KEY", "abc123")
    shown = repr(gl.Llm(URL, key="MY_KEY", name="large"))
    assert shown == "Llm('http://127.0.0.1:8080/v1', name='large')"
