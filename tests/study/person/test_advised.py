"""Arms with an agent: it runs in one go, its cards are answered where epochs end, and all that it costs counts."""

import math

import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent import study
from greenlatent.study import Arm, Beside, Data, Person, Schedule, run, with_agent
from greenlatent.study.person import compare as comparing
from greenlatent.study.person.trial import harmful
from tests.agent.asking.scripted import Scripted
from tests.agent.test_seated import a_group
from tests.benchmarks.study_cells import mlp
from tests.study.parts import PLAN, quiet, trial


def net():
    return mlp(64)


DIGITS = Data(gl.datasets.digits, "blob", train=1000, valid=350, test=447)
LONG = Schedule(net, "0", passes=64_000, every=1024)


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def digits():
    return DIGITS(301)


@pytest.fixture(scope="module")
def by_name(digits):
    arms = with_agent()
    return {arm.name: run(arm, digits, 301, LONG) for arm in arms}


def test_each_arm_has_a_look_for_each_of_the_plan_and_one_that_ended_stands(by_name):
    assert {len(done.steps) for done in by_name.values()} == {63}
    alone = by_name["rules alone"]
    ended = alone.steps.index(alone.steps[-1])
    assert ended < 62 and set(alone.valid[ended:]) == {alone.valid[-1]}
    assert not [name for work in alone.work[ended + 1 :] for name in work if name.startswith("step")]
    assert by_name["no agent"].steps[-1] == 63 * 16


def test_what_an_agent_costs_is_counted_in_parts_of_a_step(by_name):
    work = by_name["rules alone"].work
    steps = sum(each.get("step smooth/64+seen", 0) for each in work)
    own = sum(each.get("agent smooth/64+seen", 0) for each in work) / 1000
    assert steps == by_name["rules alone"].steps[-1] and 0.01 < own / steps < 1
    assert not any(name.startswith("agent") for each in by_name["no agent"].work for name in each)


def test_a_simulated_person_mends_more_than_chance_and_their_seconds_count(by_name):
    person, chance = by_name["rules, a simulated person answers"], by_name["rules, chance answers"]
    asked = sum(person.answers.values())
    assert asked >= 5 and asked == person.account.questions and person.answers["changed"] > 0
    assert 2 * asked <= person.account.seconds <= 240 + 2 * asked
    assert person.wrong[1] < person.wrong[0] / 2 and person.test[-1] > chance.test[-1]
    assert sum(chance.answers.values()) > 0 and chance.account.seconds == 0


def test_the_same_seed_is_the_same_run_but_for_its_joules(digits, by_name):
    for arm in with_agent()[1:3]:
        again, before = run(arm, digits, 301, LONG), by_name[arm.name]
        assert (again.steps, again.test, again.harm) == (before.steps, before.test, before.harm)
        assert again.answers == before.answers and again.account == before.account


def test_harm_counts_right_labels_that_are_wrong_now_or_left_out(digits):
    y, weights = digits.train.y.clone(), torch.ones(1000)
    assert harmful(digits, y, weights) == 0
    right = [i for i in range(1000) if digits.wrong(digits.train.y, [i]) == 0][:3]
    wrong = [i for i in range(1000) if digits.wrong(digits.train.y, [i]) == 1][:4]
    y[right[0]] = (y[right[0]] + 1) % 10
    weights[right[1:]] = 0
    weights[wrong] = 0
    assert harmful(digits, y, weights) == 3


def test_a_comparison_goes_on_where_it_was_cut_off_and_tells_what_was_decided(tmp_path, monkeypatch):
    path, arms = tmp_path / "record.jsonl", with_agent()
    options = {"model": net, "latent": "0", "passes": 24_000, "every": 1024, "path": path, "seconds": 0.01}

    def compared(seeds):
        return study.compare(arms, DIGITS, seeds, "no agent", progress=quiet, **options)

    first = compared([301])
    whole = first.curve("rules, a simulated person answers", 301)[0][-1]
    assert first.ledger("rules alone")["agent"] > 0 and "agent" not in first.ledger("no agent")
    told = first.decisions(whole).splitlines()
    assert len(told) == 6 and "within" in told[0] and "harmful edits" in told[0]
    assert told[2].startswith("| no agent | 1.00") and told[2].endswith("| 0.0 | 0.0 | - | - |")
    monkeypatch.setattr(comparing, "run", lambda *_: pytest.fail("a run that is on record was done again"))
    assert compared([301]).decisions(whole) == first.decisions(whole)


def test_a_model_that_passed_its_trial_chooses_and_the_run_waits_for_it(digits):
    llm = Scripted(a_group)
    arm = with_agent(llm)[-1]
    done = run(arm, digits, 301, Schedule(net, "0", passes=24_000, every=1024))
    assert len(llm.about("choose")) > 0 and sum(done.answers.values()) > 0
    assert done.steps[-1] == 24 * 16 and "model" in arm.name and "Llm(" in arm.describe()


def test_a_study_asks_no_model_that_is_elsewhere(digits):
    far = Scripted(a_group, loopback=False, url="https://models.example.org/v1")
    with pytest.raises(ValueError, match=r"models\.example\.org is not on this machine"):
        run(with_agent(far)[-1], digits, 301, LONG)
    assert far.asked == []


def test_without_an_agent_too_somebody_may_come_at_each_border():
    came = []

    def act(trainer, suggester):
        came.append(trainer.steps)
        return []

    done = run(
        Arm(
            "often", batch_size=8, act_at="each border", act=act, at="each border", person=Person(seconds=60)
        ),
        trial(),
        0,
        Schedule(**PLAN),
    )
    assert came == list(range(15, 201, 15))  # 120 samples, 8 a step
    assert done.account.at == [step for step in came if step in done.account.at] and done.account.at[0] == 15
    assert sum(work.get("act act", 0) for work in done.work) == len(came)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"agent": Beside(answers="person")}, "a person answers cards"),
        ({"agent": Beside(), "at": (3,), "person": Person()}, "a person answers cards"),
        ({"agent": Beside(answers="person"), "at": (3,), "person": Person()}, "each border"),
        ({"agent": Beside(), "loss": "elr"}, "elr"),
        ({"at": "now and then", "person": Person()}, "each border"),
        ({"agent": Beside(), "groups": ("corner",)}, "nothing else changes the data"),
    ],
)
def test_an_arm_that_makes_no_sense_says_what_would(options, said):
    with pytest.raises(ValueError, match=said):
        Arm("odd", **options)
    with pytest.raises(ValueError, match="nobody, chance, person"):
        Beside(answers="a cat")


def test_what_no_record_has_is_told_as_unknown():
    from greenlatent.study.person.decisions import Decided
    from greenlatent.study.person.done import Run

    line = Run("before", 0, [1], [0.5], [0.5], [{}]).to_json()
    del line["harm"], line["answers"]
    old = Run.from_json(line)
    found = Decided.of([old])
    assert math.isnan(found.harm.value) and found.harm.told() == "-" and found.cards.value == 0
    assert np.isnan(found.accepted.value)
