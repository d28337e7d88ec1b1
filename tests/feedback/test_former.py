"""Options of version 0.1: each goes with a reason, and a journal that tells of them is replayed with them."""

import pytest

from greenlatent.feedback.feedback import Feedback

WORDS = "strength 0.25, every 3, cap 0.5, ramp 50, half_life 300, share 0.25, anchor 0, contrast 0"


def test_options_that_went_say_why_and_unknown_ones_raise():
    for name in ("strength", "cap", "ramp", "half_life", "share", "anchor"):
        with pytest.warns(DeprecationWarning, match=rf"Feedback\({name}=...\) goes with the next release: "):
            Feedback(**{name: 0.5 if name in ("cap", "share") else 1})
    with pytest.raises(TypeError, match="unknown option 'strenght'"):
        Feedback(strenght=1)
    for bad in ({"contrast": "on"}, {"contrast": -1.0}, {"every": 0}, {"temperature": 0.0}):
        with pytest.raises(ValueError, match=r"contrast is|every counts"):
            Feedback(**bad)


def test_the_words_of_an_old_header_make_a_feedback_that_says_the_same():
    made = Feedback.told(WORDS)
    assert made is not None and made.describe() == WORDS
    assert (made.strength, made.half_life, made.contrast) == (0.25, 300, "off")
    assert Feedback.told(Feedback().describe()) is None and Feedback.told("strength 1") is None
