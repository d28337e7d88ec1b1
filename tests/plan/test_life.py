"""Life: stages that add up, each doubled by its own cause and no other."""

import pytest

import greenlatent as gl

FIELDS = {
    **{"rows": 2000, "features": 64, "classes": 10, "epochs": 20, "trials": 4, "answers": 500, "per": "day"},
    **{"retrain": 12, "years": 2, "gigabytes": 3, "replicas": 2, "moved": 5, "collect": 100, "pue": 1.5},
}


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


def stages(plan, **changed):
    found = plan.estimate("mlp", **FIELDS | changed)
    return {name: joules.value for name, joules in found.stages.items()}


def test_stages_add_up(plan):
    found = plan.estimate("mlp", **FIELDS)
    assert list(found.stages) == [
        "collect",
        "store",
        "search",
        "train",
        "train again",
        "answer",
        "move",
        "cooling",
    ]
    assert sum(each.value for each in found.stages.values()) == pytest.approx(found.joules.value)
    assert sum(each.value for each in found.life.per_year.values()) == pytest.approx(found.joules.value / 2)


@pytest.mark.parametrize(
    "field, value, doubled",
    [
        ("epochs", 40, {"search", "train", "train again"}),
        ("trials", 8, {"search"}),
        ("answers", 1000, {"answer"}),
        ("retrain", 24, {"train again"}),
        ("replicas", 4, {"store"}),
        ("gigabytes", 6, {"store"}),
        ("moved", 10, {"move"}),
        ("collect", 200, {"collect"}),
    ],
)
def test_a_cause_doubles_its_stage_and_no_other(plan, field, value, doubled):
    before, after = stages(plan), stages(plan, **{field: value})
    for name in set(before) - {"cooling"}:
        # joules of training hold a part for memory, which steps do not change
        assert after[name] == pytest.approx((2 if name in doubled else 1) * before[name], rel=1e-6), name


def test_twice_the_rows_are_twice_the_training(plan):
    before, after = stages(plan, rows=64 * 40), stages(plan, rows=64 * 80)
    changed = {name for name in before if after[name] != pytest.approx(before[name])} - {"cooling"}
    assert changed == {"search", "train", "train again"}
    assert after["train"] == pytest.approx(2 * before["train"])


def test_no_answers_take_away_their_stage_only(plan):
    before, after = stages(plan), stages(plan, answers=0)
    assert set(before) - set(after) == {"answer"}


def test_cooling_is_applied_once_to_what_computes_and_stores(plan):
    found = stages(plan)
    cooled = sum(found[name] for name in ("store", "search", "train", "train again", "answer"))
    assert found["cooling"] == pytest.approx(0.5 * cooled)
    assert "cooling" not in stages(plan, pue=None)
    assert plan.estimate("mlp", **FIELDS | {"pue": "Google"}).stages["cooling"].value == pytest.approx(
        0.09 * cooled
    )


def test_grams_carry_the_error_of_the_year_and_none_are_guessed(plan):
    found = plan.estimate("mlp", **FIELDS, region="DE")
    assert found.grams.value == pytest.approx(found.joules.value * 344.1 / 3.6e6)
    assert found.grams.high / found.grams.value > found.joules.high / found.joules.value
    assert "Germany" in str(found.grams) and "2024" in str(found.grams)
    assert plan.estimate("mlp", **FIELDS).grams is None


def test_hardware_is_charged_for_the_time_it_is_used(plan):
    seconds = plan.estimate("mlp", **FIELDS).seconds.value
    found = plan.estimate(
        "mlp", **FIELDS | {"answers": 0, "trials": 0, "retrain": 0}, hardware="laptop"
    ).life.hardware
    share = seconds / (4 * 365.25 * 86400 * 0.3)
    assert found.value == pytest.approx(85_000 * share)
    longer = plan.estimate(
        "mlp", **FIELDS | {"answers": 0, "trials": 0, "retrain": 0}, hardware="laptop", years_used=8
    )
    assert longer.life.hardware.value == pytest.approx(found.value / 2)


def test_a_disk_is_charged_for_each_replica_and_for_all_the_years(plan):
    def made(**changed):
        return plan.estimate("mlp", **FIELDS | changed, hardware="SSD").life.hardware.value

    assert made(replicas=4) == pytest.approx(2 * made(replicas=2))
    assert made(years=16) == pytest.approx(4 * made(years=4))


def test_training_and_answers_have_their_cooling_and_add_up_to_all_grams(plan):
    found = plan.estimate("mlp", **FIELDS, region="FR")
    three = found.life.three
    assert three["training"].value + three["answers"].value == pytest.approx(found.grams.value)
    dry = plan.estimate("mlp", **FIELDS | {"pue": None}, region="FR").life.three
    assert three["answers"].value == pytest.approx(1.5 * dry["answers"].value)


def test_the_three_way_view_has_what_is_known(plan):
    assert set(plan.estimate("mlp", **FIELDS, region="FR", hardware="laptop").life.three) == {
        "hardware",
        "training",
        "answers",
    }
    assert plan.estimate("mlp", **FIELDS).life.three == {}


def test_water_and_abiotic_resources_are_accepted_and_not_modelled(plan):
    assert plan.estimate("mlp", **FIELDS, water=3, abiotic=1).why().count("not modelled") == 2
    assert "not modelled" not in plan.estimate("mlp", **FIELDS).why()
