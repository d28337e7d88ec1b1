"""Alone: nothing is asked of anybody; and nothing else in training knows whether there are ranks."""

import re

import pytest

import greenlatent
import greenlatent as gl
from greenlatent.training.company import Alone
from tests.house.source import PACKAGE
from tests.parts import clusters, linear_net, trainer


def test_no_file_of_training_but_the_company_asks_how_many_ranks_there_are():
    asks = re.compile(r"\b(?:if|while|and|or|not|assert)\s+(?:\w+\.)*(?:company|ranks|rank|world)\b")
    found = {
        (path.name, line.strip())
        for path in sorted((PACKAGE / "training").rglob("*.py"))
        for line in path.read_text().splitlines()
        if asks.search(line) and '"""' not in line
    }
    assert ("company.py", "while self.company.ahead:") in found, "a pattern that finds nothing says nothing"
    assert {name for name, _ in found} == {"company.py"}
    for path in (PACKAGE / "training").rglob("*.py"):
        assert "distributed" not in path.read_text()


def test_one_rank_is_a_process_alone():
    made = trainer(ranks=1)
    assert type(made.company) is Alone and made.ranks == 1
    made.close()


def test_a_replay_says_that_the_run_was_one_over_ranks(caplog):
    made = trainer(journal=gl.Journal())
    made.step(3)
    made.close()
    made.journal.header |= {"ranks": 2, "backend": "gloo"}
    gl.replay(made.journal, linear_net(), clusters()).close()
    assert "a run over 2 ranks (gloo), and this is one over one process" in caplog.text
    caplog.clear()
    del made.journal.header["ranks"]
    gl.replay(made.journal, linear_net(), clusters()).close()
    assert caplog.text == ""


@pytest.mark.parametrize("ranks", [0, -1, True, 1.5, "2", object()])
def test_what_is_no_number_of_ranks_is_refused(ranks):
    with pytest.raises((ValueError, TypeError), match="ranks"):
        trainer(ranks=ranks)


def test_a_batch_under_twice_the_ranks_is_refused_before_anything_starts():
    with pytest.raises(ValueError, match="batch_size=3 is too small for 2 ranks"):
        trainer(clusters(), batch_size=3, ranks=2)


def test_ranks_belong_to_the_public_module():
    assert greenlatent.scale.Ranks.__name__ == "Ranks"
