"""What may be said: ratios with scores, nulls as nulls, planted savings found, published figures to the digit."""

import math

import numpy as np
import pytest

from greenlatent.statistics.paired import Difference
from greenlatent.study import Findings, Shape, published, red_ai
from greenlatent.study.green.findings import Effect, Exponent


def cells(saving=0.5, points=-0.02, noise=0.05, seeds=20, seed=0, name="A"):
    """An algorithm whose joules and score at half of the rows are planted."""
    rng = np.random.default_rng(seed)
    found = []
    for s in range(seeds):
        base = np.exp(rng.normal(0, 0.3))  # of the split, shared by both
        for rows, ratio, shift in ((1.0, 1.0, 0.0), (0.5, saving, points)):
            found.append(
                {
                    "algorithm": name,
                    **vars(Shape(rows=rows)),
                    "seed": s,
                    "tested": 100,
                    "train_joules": base * ratio * np.exp(rng.normal(0, noise)),
                    "infer_joules": 0.1,
                    "prepare_joules": 0.01,
                    "score": 0.9 + shift + rng.normal(0, 0.005),
                }
            )
    return found


def test_a_planted_half_is_found_with_what_it_costs():
    change = Findings(cells()).change("A", rows=0.5)
    value, low, high = change.ratio
    assert abs(value - 0.5) < 0.03 and high - low < 0.06 and change.verdict() == "saves, score lower"
    assert change.score.low < -0.02 < change.score.high
    assert str(change).startswith("A, 50% of the rows: x0.") and "points" in str(change)
    assert Findings(cells(points=0.0)).change("A", rows=0.5).verdict() == "saves, score kept"
    assert Findings(cells(saving=2.0)).change("A", rows=0.5).verdict() == "dearer"
    assert Findings(cells(seeds=4)).change("A", rows=0.5).verdict() == "4 seeds, too few for a claim"


def test_of_a_share_that_was_not_tried_one_hears_which_were():
    with pytest.raises(ValueError, match="there are A, with all of the data; 50% of the rows"):
        Findings(cells()).change("A", rows=0.2)


def test_the_same_algorithm_twice_is_no_saving():
    claimed = sum(
        Findings(cells(saving=1.0, points=0.0, seed=s)).change("A", rows=0.5).saving.less for s in range(40)
    )
    assert claimed <= 3


def test_two_algorithms_and_two_shapes_are_set_against_each_other():
    found = Findings([*cells(), *cells(saving=1.0, name="B", seed=1)])
    assert found.against("A", "B").what == "B against A"
    change = found.against(Shape(rows=0.5), Shape(), name="A")
    assert change.ratio[0] == pytest.approx(2.0, rel=0.05)
    with pytest.raises(ValueError, match="for one algorithm"):
        found.against(Shape(rows=0.5), Shape())


def test_a_ranking_turns_where_answers_outweigh_training():
    dear = cells(name="trains dear")
    cheap = [
        {**c, "algorithm": "answers dear", "train_joules": c["train_joules"] / 10, "infer_joules": 1.0}
        for c in dear
    ]
    found = Findings([*dear, *cheap])
    none, many = found.ranking(), found.ranking(answers=10_000)
    assert [row.name for row in none.rows] == ["answers dear", "trains dear"]
    assert [row.name for row in many.rows] == ["trains dear", "answers dear"]
    ((a, b, at),) = none.turns
    before, after = found.ranking(answers=int(at * 0.9)), found.ranking(answers=int(at * 1.1))
    assert (a, b) == ("answers dear", "trains dear")
    assert before.rows[0].name == a and after.rows[0].name == b


def power(exponent, bend=0.0):
    return [
        {
            "algorithm": "A",
            **vars(Shape(rows=rows)),
            "seed": seed,
            "tested": 10,
            "train_joules": rows**exponent * np.exp(bend * np.sin(20 * rows) + 0.01 * seed),
            "score": rows,
        }
        for seed in range(8)
        for rows in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]


def test_an_exponent_is_told_where_there_is_one():
    found = Findings(power(1.5)).exponent("A", "rows")
    assert found.low <= 1.5 + 1e-9 and found.high >= 1.5 - 1e-9 and found.straight
    bent = Findings(power(0.2, bend=1.5)).exponent("A", "rows")
    assert not bent.straight and "no straight line" in str(bent)
    with pytest.raises(ValueError, match="fewer than three"):
        Findings(cells()).exponent("A", "rows")


def test_the_cheapest_above_a_floor_is_that_of_brute_force():
    rng = np.random.default_rng(0)
    rows = [
        {
            "algorithm": f"a{i}",
            **vars(Shape(rows=r)),
            "seed": s,
            "tested": 1,
            "train_joules": rng.random() + 0.1,
            "score": rng.random(),
        }
        for i in range(4)
        for r in (0.2, 0.5, 1.0)
        for s in range(3)
    ]
    means: dict = {}
    for row in rows:
        means.setdefault((row["algorithm"], row["rows"]), []).append((row["train_joules"], row["score"]))
    table = {key: np.mean(values, axis=0) for key, values in means.items()}
    floor = 0.5
    naive = min((key for key, (_, score) in table.items() if score >= floor), key=lambda key: table[key][0])
    name, shape, joules, score = Findings(rows).cheapest(floor)
    assert (name, shape.rows) == naive and joules == pytest.approx(table[naive][0]) and score >= floor
    with pytest.raises(ValueError, match="nothing here reaches"):
        Findings(rows).cheapest(2.0)


def test_the_cheapest_prints_itself_with_its_joules_and_score():
    told = Findings(cells()).cheapest(0.5)
    assert told.name == "A" and told.shape == Shape(rows=0.5)
    assert str(told) == f"A, 50% of the rows: {told.joules:.3g} J of training, score {told.score:.3f}"


PUBLISHED = {  # what the authors' rows say: saving at 10 %, median F1 of all and of 10 %
    "SVM": (97.70, 0.582, 0.528, 57.69, 0.582),  # 57.92 if a reading of 0 J were one
    "Decision Tree": (90.96, 0.857, 0.600, 62.97, 0.849),
    "KNN": (61.64, 0.734, 0.333, 1.09, 0.026),
    "Random Forest": (92.16, 0.909, 0.606, 74.81, 0.899),
    "AdaBoost": (89.14, 0.880, 0.837, 75.84, 0.870),
    "Bagging": (92.63, 0.857, 0.586, 75.75, 0.866),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_study_says_to_the_digit_what_it_said(name):
    found = published()
    rows, whole, tenth, features, words = PUBLISHED[name]
    by_rows = [c for c in found.cells if c["algorithm"] == name and c["of"] == "rows"]
    by_words = [c for c in found.cells if c["algorithm"] == name and c["of"] == "features"]

    def middle(part, axis, level, what):
        return float(np.median([c[what] for c in part if c[axis] == level]))

    saved = 100 * (
        1 - middle(by_rows, "rows", 0.1, "train_joules") / middle(by_rows, "rows", 1.0, "train_joules")
    )
    assert saved == pytest.approx(rows, abs=0.05)
    assert middle(by_rows, "rows", 1.0, "score") == pytest.approx(whole, abs=0.0015)
    assert middle(by_rows, "rows", 0.1, "score") == pytest.approx(tenth, abs=0.0015)
    saved = 100 * (
        1
        - middle(by_words, "features", 0.1, "train_joules")
        / middle(by_words, "features", 1.0, "train_joules")
    )
    assert saved == pytest.approx(features, abs=0.05)
    assert middle(by_words, "features", 0.1, "score") == pytest.approx(words, abs=0.0015)


def test_the_published_study_comes_with_its_footnotes_and_what_was_left_out():
    found = published()
    assert found.silent == 18 and len(found.cells) == 3582
    assert "absolute joules are not credited" in str(found) and "18 cells without a reading" in str(found)
    assert found.change("Random Forest", rows=0.1).verdict() == "saves, score lower"
    with pytest.raises(ValueError, match='there is "ICT4S22"'):
        published("ICML")


def test_the_equation_says_near_one_only_where_the_interval_holds_one():
    told = str(red_ai(2e-4, 5000, epochs=20, trials=30))
    assert "= 600 J" in told and "near 1" not in told
    near = str(red_ai(1.0, 10, measured=[("rows", Exponent(1.02, 0.95, 1.1, 0.99))]))
    assert "near 1" in near
    assert "near 1" not in str(red_ai(1.0, 10, measured=[("rows", Exponent(0.6, 0.55, 0.7, 0.99))]))
    with pytest.raises(ValueError, match="samples=0"):
        red_ai(1.0, 0)


def test_findings_go_into_a_table_a_file_and_a_picture(tmp_path):
    found = Findings([*power(1.2), *[{**c, "algorithm": "=cmd()"} for c in power(0.8)]])
    frame = found.to_frame()
    assert {"axis", "rows", "features", "train_joules", "score"} <= set(frame.columns) and len(frame) == 96
    text = found.to_csv(tmp_path / "found.csv").read_text()
    assert "'=cmd()" in text and ",=cmd()" not in text
    figure = found.plot()
    assert len(figure.axes) == 4 and figure.axes[0].lines


def test_what_was_not_tried_is_named_beside_what_was():
    found = Findings(cells())
    for ask in (
        lambda: found.change("nobody", rows=0.1),
        lambda: found.ranking(rows=0.33),
        lambda: published().change("nobody", rows=0.1),
        lambda: Findings([]).cheapest(0.5),
    ):
        with pytest.raises(ValueError, match=r"no seed has a reading of it; there are .* with "):
            ask()
    for answers in (math.nan, "many", -1):
        with pytest.raises(ValueError, match="answers="):
            found.ranking(answers)


def test_of_one_seed_no_interval_is_told():
    told = str(Effect("A", Difference.of([-0.7]), Difference.of([-0.02])))
    assert told == "A: x0.50 -2.0 points, one seed, too few for a claim"


def test_published_joules_are_ranked_with_the_word_that_they_are_not_credited():
    assert "not credited" in str(published().ranking())
    assert "not credited" not in str(Findings(cells()).ranking())


def test_a_failure_is_told_with_the_name_of_what_failed():
    failed = {"algorithm": "mine", "failed": "RuntimeError: too few"}
    assert "the last, mine: RuntimeError" in str(Findings([*cells(), failed]))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"samples": 0.5}, "samples=0.5; give a whole"),
        ({"joules_per_sample": math.inf}, "above 0"),
        ({"measured": Exponent(1.0, 0.9, 1.1, 0.99)}, "give pairs"),
        ({"measured": [Exponent(1.0, 0.9, 1.1, 0.99)]}, "give pairs"),
    ],
)
def test_an_equation_with_what_is_no_number_is_refused(given, says):
    with pytest.raises((TypeError, ValueError), match=says):
        red_ai(**{"joules_per_sample": 1.0, "samples": 10, **given})


def test_a_study_without_a_cell_draws_no_legend_and_warns_of_nothing():
    assert Findings([]).plot().axes


def test_a_seed_that_failed_at_one_level_breaks_no_pairs():
    def own(seed):  # far from that of its neighbours
        return 1000.0 ** (seed % 2) * (1 + seed / 100)

    levels = (0.1, 1.0)
    whole = [
        {**cell, "algorithm": "A", "rows": share, "features": 1.0, "seed": seed, "train_joules": joules}
        for cell in cells()[:1]
        for seed in range(9)
        for share, joules in zip(levels, (own(seed), 2 * own(seed)), strict=True)
    ]
    fewer = [c for c in whole if (c["seed"], c["rows"]) != (0, 0.1)]
    (paired,) = [each for each in Findings(fewer).tests() if each.name == "Wilcoxon"]
    assert "with 8 pairs" in paired.says and paired.value == 0  # each seed takes less at a tenth
    with pytest.raises(ValueError, match="axis='wrong'"):
        Findings(whole).tests("wrong")
