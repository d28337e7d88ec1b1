"""Every kind of edit answers every question that is asked of a kind."""

import pytest

from greenlatent.edits.kinds import Edit
from greenlatent.edits.mends import AT_ONCE, MENDS, RELATIONS
from greenlatent.edits.validate import VALIDATES
from greenlatent.edits.words import WORDS

KINDS = set(Edit.__args__)


@pytest.mark.parametrize("table", [MENDS, VALIDATES, WORDS], ids=["MENDS", "VALIDATES", "WORDS"])
def test_every_kind_of_edit_says_what_it_does_what_it_fits_and_how_it_is_told(table):
    assert set(table) == KINDS


def test_a_kind_is_followed_by_data_or_by_a_model():
    assert set(AT_ONCE) | set(RELATIONS) <= KINDS
    assert not set(AT_ONCE) & set(RELATIONS)
