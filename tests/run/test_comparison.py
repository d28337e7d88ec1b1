"""What is said of a run beside the same run without the person is what both show."""

import pytest

from greenlatent.energy import Joules
from greenlatent.energy.joules import Ratio
from greenlatent.run.comparison import Comparison, Point


def curve(*stations):
    return tuple(
        Point(k, 100 * k, accuracy, Joules(joules, 0.95 * joules, 1.05 * joules))
        for k, (accuracy, joules) in enumerate(stations, 1)
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "edits", "words"),
    [
        (curve((0.8, 1), (0.95, 2)), curve((0.7, 1), (0.9, 2)), 3, "; it ends 5.0 points higher."),
        (
            curve((0.9, 1), (0.9, 2)),
            curve((0.7, 1), (0.9, 2)),
            3,
            "takes 0.50 (0.00-1.00) of the samples and about",
        ),
        (curve((0.5, 1), (0.9, 2)), curve((0.9, 1), (0.9, 2)), 3, "no benefit, as it was mended too late"),
        (
            curve((0.95, 1), (0.7, 2)),
            curve((0.7, 1), (0.9, 2)),
            3,
            "ends 20.0 points lower: no benefit at the end",
        ),
        (curve((0.5, 1), (0.899, 2)), curve((0.7, 1), (0.9, 2)), 3, "(90.0 %) was not reached"),
        (curve((0.5, 1)), curve((0.7, 1)), 0, "no edits in force"),
    ],
)
def test_the_sentence_says_plainly_what_was_bought(mine, theirs, edits, words):
    found = Comparison(mine, (theirs,), {"view": Joules(0.1, 0.1, 0.1)}, edits)
    assert words in str(found)
    assert not edits or "your run alone took: picture 100 mJ." in found.lines[-1]


def test_a_comparison_is_three_lines_and_the_rest_is_apart():
    found = Comparison(
        curve((0.9, 1), (0.95, 2)), (curve((0.7, 1), (0.9, 2)),), {"waiting": Joules(9, 8, 10)}, 1
    )
    assert len(found.lines) == 3 and len(str(found).splitlines()) == 4
    assert found.lines[0] == "At the end: 95.0 % with you, 90.0 % without, 5.0 points higher."
    assert "0.50 (0.00-1.00) of the samples, 1.00 J" in found.lines[1]
    assert "waiting for you 9.00 J" in found.lines[2]
    assert found.sentence.startswith("With your 1 edit the same") and "at one price" in "".join(found.more)


def test_a_time_to_an_accuracy_lies_between_two_looks():
    mine = curve((0.5, 1), (0.6, 2), (0.9, 3), (0.95, 4))
    theirs = curve((0.5, 1), (0.6, 2), (0.7, 3), (0.8, 4), (0.9, 5))
    target, samples = Comparison(mine, (theirs,), {}, 3).samples_to_target
    assert target == 0.9 and (samples.value, samples.low, samples.high) == (3 / 5, 2 / 5, 3 / 4)
    assert Comparison(mine, (theirs,), {}, 3).passes_to_target == (0.9, 3 / 5)
    dense = [curve(*((0.9 * min(1, k / end), k) for k in range(1, 101))) for end in (60, 100)]
    _, sharp = Comparison(dense[0], (dense[1],), {}, 3).samples_to_target
    assert samples.low < sharp.low < 0.6 < sharp.high < samples.high, "closer looks, closer ends"


def test_steps_that_began_cold_are_told_and_not_charged_to_the_edits():
    mine, theirs = curve((0.8, 3), (0.9, 6)), curve((0.7, 1), (0.8, 2))
    found = Comparison(mine, (theirs,), {}, 3, Ratio(0.1, 0.05, 0.2))
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == pytest.approx((1.1, 1.05, 1.2))
    assert found.to_target is not None and found.to_target[1].value == pytest.approx(0.55)
    assert found.dearer == pytest.approx(3 / 1.1)
    assert "took 2.7 times the joules of one without you" in "".join(found.more)
    assert "times the joules" not in "".join(Comparison(theirs, (theirs,), {}, 3).more)


def test_without_a_reading_there_is_no_ratio_of_joules():
    blind = tuple(Point(k, 100 * k, 0.8, Joules.missing()) for k in (1, 2))
    found = Comparison(blind, (blind,), {}, 3)
    assert "unknown, for a reading is missing" in "".join(found.more)
    assert "of the samples, joules unknown" in found.lines[1]


def test_a_run_that_was_loaded_tells_from_which_step_on_its_joules_are_known():
    loaded = (Point(40, 4000, 0.8, Joules.missing()), Point(50, 5000, 0.9, Joules(1, 0.95, 1.05)))
    without = tuple(Point(k, 100 * k, a, Joules(k / 10, k / 11, k / 9)) for k, a in ((40, 0.7), (50, 0.8)))
    found = Comparison(loaded, (without,), {}, 3)
    assert "since step 40, where this meter began" in "".join(found.more)
    assert found.dearer == pytest.approx(1.0) and found.ratio.value == 1.0
    assert found.to_target is not None and found.to_target[1].value == pytest.approx(0.8)
    assert "unknown" not in "".join([*found.lines, *found.more])


def test_what_is_saved_is_priced_as_a_step_of_the_control():
    found = Comparison(
        curve((0.9, 40), (0.95, 80)), (curve((0.7, 1), (0.9, 2)),), {}, 3, Ratio(0.1, 0.1, 0.1)
    )
    saved, less = found.saved
    assert less and saved.value == pytest.approx(2 * (1 - 0.5 * 1.1)) and saved.low < saved.value < saved.high
    blind = tuple(Point(k, 100 * k, 0.8, Joules.missing()) for k in (1, 2))
    assert not Comparison(blind, (blind,), {}, 3).saved[0].known
