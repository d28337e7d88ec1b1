"""Every edit that pulls says how: on samples, or on the means of two sides."""

from greenlatent.edits.mends import RELATIONS
from greenlatent.feedback.margins import MARGINS
from greenlatent.feedback.pulls import PULLS


def test_every_relation_pulls_on_samples_or_on_means_and_none_on_both():
    assert set(PULLS) | set(MARGINS) == set(RELATIONS)
    assert not set(PULLS) & set(MARGINS)
