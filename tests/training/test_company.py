"""Alone: nothing is asked of anybody; and nothing else in training knows whether there are ranks."""

import re

import pytest

import greenlatent
from greenlatent.training.company import Alone
from tests.house.source import PACKAGE
from tests.parts import clusters, trainer


def test_no_file_of_training_but_the_company_asks_how_many_ranks_there_are():
    asks = re.compile(r"\b(?:if|while|and|or|not|assert)\s+(?:\w+\.)*(?:company|ranks|rank|world)\b")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((PACKAGE / "training").rglob("*.py"))
        for line in path.read_text().splitlines()
        if path.name != "company.py" and asks.search(line) and '"""' not in line
    ]
    # whether the others have begun the next step is the company's own word
    assert [line for line in found if "company.ahead" not in line] == []
    assert found, "a pattern that finds nothing says nothing"
    for path in (PACKAGE / "training").rglob("*.py"):
        assert "distributed" not in path.read_text()


def test_one_rank_is_a_process_alone():
    made = trainer(ranks=1)
    assert type(made.company) is Alone and made.ranks == 1
    made.close()


@pytest.mark.parametrize("ranks", [0, -1, True, 1.5, "2", object()])
def test_what_is_no_number_of_ranks_is_refused(ranks):
    with pytest.raises((ValueError, TypeError), match="ranks"):
        trainer(ranks=ranks)


def test_a_batch_under_twice_the_ranks_is_refused_before_anything_starts():
    with pytest.raises(ValueError, match="batch_size=3 is too small for 2 ranks"):
        trainer(clusters(), batch_size=3, ranks=2)


def test_ranks_belong_to_the_public_module():
    assert greenlatent.scale.Ranks.__name__ == "Ranks"
