"""Eight questions that anybody can answer, in the form in which a run is told."""

import pytest

from greenlatent.agent.asking import trial
from greenlatent.agent.asking.reply import Allowed
from greenlatent.agent.asking.wire import Failed

from .scripted import right
from .serving import choice, completion


def test_each_question_has_one_group_that_is_plainly_wrong():
    found = trial.questions()
    assert len(found) == trial.ACTS and len({question.text for question in found}) == 8
    for k, question in enumerate(found, 1):
        *groups, _ = question.text.splitlines()
        wrong = [line for line in groups if "belief 3%, sure 95%" in line]
        assert len(groups) == 4 and len(wrong) == 1
        assert wrong[0].startswith(f"{question.about}:") and f'seen as "{question.label}"' in wrong[0]
        choices = Allowed(("G1", "G2", "G3", "G4"), trial.LABELS)
        assert question.right(choices.read(right(k)))


def test_no_answer_that_stays_the_same_gets_more_than_two_right():
    for k in range(1, 9):
        assert sum(question.right(_read(right(k))) for question in trial.questions()) <= 2


def _read(text):
    return Allowed(("G1", "G2", "G3", "G4"), trial.LABELS).read(text)


@pytest.mark.parametrize("score", [0, 3, 8])
def test_right_answers_are_counted_and_what_does_not_fit_is_a_wrong_one(score):
    asked = []

    def exchange(about, content):
        asked.append(content)
        k = len(asked)
        return completion(right(k) if k <= score else choice("stop") if k % 2 else "I do not know")

    assert trial.examine(exchange, "small", "B") == score and len(asked) == 8
    assert all(content["temperature"] == 0 and content["max_tokens"] == 240 for content in asked)
    assert all(("tools" in content) + ("response_format" in content) == 1 for content in asked)


def test_in_plain_text_nothing_is_asked_and_a_failure_half_way_is_no_score():
    assert trial.examine(None, "small", "C") == 0

    def exchange(about, content):
        raise Failed("gone")

    with pytest.raises(Failed, match="gone"):
        trial.examine(exchange, "small", "B")
