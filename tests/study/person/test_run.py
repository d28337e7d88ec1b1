import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent import study
from greenlatent.study import Arm, Data, Person, Schedule, make, run, with_person, without_person
from greenlatent.study.person.run import Bench, Run
from tests.study.parts import PLAN, net, trial

AT = (20, 40)
PLANNED = Schedule(**PLAN)
ALL = [
    *without_person(AT),
    *with_person(Person(seconds=60), AT, batch_size=8),
    Arm("by corner", batch_size=8, at=AT, person=Person(seconds=60), groups=("corner",)),
    Arm("singles", batch_size=8, at=AT, person=Person(seconds=60, how="singles")),
]


@pytest.mark.whole
@pytest.mark.parametrize("arm", ALL, ids=lambda arm: arm.name)
def test_two_runs_of_one_seed_agree(arm):
    first, again = run(arm, trial(), 3, PLANNED), run(arm, trial(), 3, PLANNED)
    assert first == again or arm.validates is False
    assert first.test == again.test and first.work == again.work


@pytest.mark.whole
@pytest.mark.parametrize("arm", ALL, ids=lambda arm: arm.name)
def test_every_arm_trains_over_the_same_passes_and_counts_each_step(arm):
    done = run(arm, trial(), 0, PLANNED)
    steps = sum(count for work in done.work for name, count in work.items() if name.startswith("step"))
    assert (
        steps
        == done.steps[-1]
        == -(-PLANNED.passes // (each := round(160 / arm.batch_size) * arm.batch_size))
        * (each // arm.batch_size)
    )
    assert len(done.steps) == len(done.valid) == len(done.test) == len(done.work)


@pytest.mark.whole
def test_another_seed_is_another_run():
    arm = Arm("control", batch_size=8)
    assert run(arm, trial(), 0, PLANNED).valid != run(arm, trial(), 1, PLANNED).valid


def test_a_line_of_the_record_is_the_run():
    done = run(ALL[0], trial(), 0, PLANNED)
    assert Run.from_json(done.to_json()) == done


def test_a_person_mends_labels_that_are_wrong():
    sure = Person(seconds=400, how="random", error=0, unsure=0)
    done = run(Arm("person", batch_size=8, at=(40, 80), person=sure), trial(), 0, PLANNED)
    assert done.wrong[1] < done.wrong[0] / 2 and done.account.edits > 0
    assert 0 < done.account.seconds <= 400 and done.account.at == [40, 80]


def test_looks_frames_and_suggestions_are_counted_where_they_happen():
    done = run(Arm("person", batch_size=8, at=AT, person=Person(seconds=60)), trial(), 0, PLANNED)
    assert done.work[0]["view"] == 1 and done.work[1]["view"] == 1 and "view" not in done.work[2]
    assert done.work[0]["suggest by doubt"] >= 1
    assert all(work["evaluate"] == 1 for work in done.work)


def test_watching_stops_with_the_last_visit():
    done = run(Arm("person", batch_size=8, at=AT, person=Person(seconds=60)), trial(), 0, PLANNED)
    assert set(done.work[0]) >= {"step ce/8+seen"} and "step ce/8" in done.work[-1]


def test_feedback_is_a_setting_of_its_own():
    arm = Arm("both", batch_size=8, at=AT, person=Person(seconds=60), feedback={"contrast": 0.2})
    bench = Bench(arm, trial(), 0, PLANNED)
    assert (
        bench.trainer.feedback.contrast == 0.2 and "contrast 0.2" in bench.trainer.journal.header["feedback"]
    )
    bench.close()


def test_a_person_gets_an_exact_frame():
    bench = Bench(Arm("control", batch_size=8), trial(), 0, PLANNED)
    bench.train(10)
    picture = gl.PCA()
    z = torch.as_tensor(bench.trainer.latents())
    picture.fit(z)
    assert np.allclose(bench.frame(), picture.transform(z).numpy())
    bench.close()


def test_nothing_that_an_arm_is_handed_holds_the_truth():
    """The trial has no field of true training labels; its eyes and its count of mistakes are functions."""
    names = set(vars(trial()))
    assert names == {"train", "valid", "test", "eyes", "wrong"}
    assert callable(trial().eyes) and isinstance(trial().wrong(trial().train.y), float)


def test_accuracy_is_the_share_of_right_guesses_in_eval_mode_and_leaves_every_module_as_it_was():
    part = trial()
    bench = Bench(Arm("control", batch_size=8), part, 0, PLANNED)
    bench.train(30)
    model = bench.trainer.model
    flags = [module.training for module in model.modules()]
    found = bench.accuracy(part.valid)
    assert [module.training for module in model.modules()] == flags
    model.eval()
    with torch.no_grad():
        right = model(part.valid.x).argmax(1) == part.valid.y
    assert found == float(right.float().mean())  # to the last bit, as records of the first release have it


def test_an_arm_that_trains_on_validation_data_is_not_judged_by_them():
    arm = next(arm for arm in without_person(AT) if not arm.validates)
    assert np.isnan(run(arm, trial(), 0, PLANNED).valid).all()
    assert arm.before(trial()).y.shape[0] == len(trial().train) + len(trial().valid)


def test_who_finds_nothing_to_mend_does_not_come_back_and_is_charged_for_one_visit():
    part = trial()
    clean = make(part.train, part.train.y, part.valid, part.test)
    clicks = Person(seconds=60, how="random", error=0, unsure=0)
    runs = [run(Arm("clicks", batch_size=8, at=AT, person=clicks), t, 0, PLANNED) for t in (clean, part)]
    assert [done.account.at for done in runs] == [[AT[0]], list(AT)]
    assert [sum(work.get("view", 0) for work in done.work) for done in runs] == [1, 2]


def test_neighbours_outvote_a_wrong_label_that_is_alone():
    part = trial()
    part.train.y[0] = 2 - part.train.y[0] if part.train.y[0] != 1 else 0
    voted = next(arm for arm in without_person(AT) if arm.name == "kNN vote").before(part)
    assert part.wrong(voted.y) < part.wrong(part.train.y)


def test_early_learning_never_meets_a_batch_of_one_sample():
    """120 samples in batches of 17 leave one over, on which batch norm could not train."""
    plan = Schedule(lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3)), "0", 400, 170)
    assert run(Arm("ELR", loss="elr", batch_size=17), trial(n=360), 0, plan).steps[-1] > 14


@pytest.fixture
def session(tmp_path):
    """A folder as a Lab leaves it: a journal of a run in which somebody mended three labels."""
    part = trial()
    journal = gl.Journal(tmp_path / "journal.jsonl")
    trainer = gl.Trainer(net(), part.train, latent="0", batch_size=8, journal=journal, threads=1)
    trainer.step(10)
    journal.add(gl.Relabel([0, 1, 2], "blue"), by="human", seconds=12.0)
    trainer.step(10)
    journal.undo(by="human")
    trainer.step(5)
    journal.add(gl.Relabel([4, 5], "red"), by="human", seconds=5.0)
    trainer.step(10)
    trainer.close()
    return tmp_path


def test_a_real_session_is_replayed_over_seeds_at_its_steps(session):
    arm = Arm.from_session(session)
    assert arm.human and arm.batch_size == 8
    bench = Bench(arm, trial(), 5, PLANNED)
    y = bench.trainer.train.y.clone()
    bench.advance(12)
    assert bench.trainer.mending.y[:3].tolist() == [2, 2, 2]
    bench.advance(20)
    changed = (bench.trainer.mending.y != y).nonzero()[:, 0].tolist()
    assert set(changed) <= {4, 5} and bench.trainer.mending.y[[4, 5]].tolist() == [0, 0]
    bench.close()
    assert bench.account.seconds == 17.0 and bench.work["view"] == 3


def test_a_session_about_other_data_is_refused(session):
    with pytest.raises(ValueError, match="replays a session about data"):
        run(Arm.from_session(session), trial(n=300), 0, PLANNED)


def test_a_folder_without_a_session_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no journal\.jsonl"):
        Arm.from_session(tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "mse"}, "loss is 'ce', 'gce'"),
        ({"at": (10,)}, "its steps, or neither"),
        ({"person": Person()}, "its steps, or neither"),
        ({"at": (20, 10), "person": Person()}, "steps rise"),
        ({"loss": "elr", "at": (10,), "person": Person()}, "holds targets of its own"),
    ],
)
def test_an_arm_that_makes_no_sense_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Arm("odd", **options)


def test_data_are_split_without_overlap_and_only_training_labels_are_wrong():
    data = Data(gl.datasets.digits, "blob", valid=350, test=447, train=800)
    part = data(3)
    rows = [set(p.origin.tolist()) for p in (part.train, part.valid, part.test)]
    assert [len(r) for r in rows] == [800, 350, 447]
    assert not rows[0] & rows[1] and not rows[0] & rows[2] and not rows[1] & rows[2]
    truth = gl.datasets.digits().y
    assert torch.equal(part.valid.y, truth[part.valid.origin]) and torch.equal(
        part.test.y, truth[part.test.origin]
    )
    assert part.wrong(part.train.y) == pytest.approx(0.3, abs=0.05)
    assert part.wrong(truth[part.train.origin]) == 0


def test_a_split_by_subject_keeps_each_on_one_side():
    part = Data(gl.datasets.watch, "recording", valid=2, test=2, by="subject")(0)
    people = [set(p.groups["subject"].tolist()) for p in (part.train, part.valid, part.test)]
    assert [len(p) for p in people] == [6, 2, 2] and len(set.union(*people)) == 10


def test_the_former_name_of_a_schedule_says_its_new_one():
    with pytest.warns(DeprecationWarning, match=r"study.Plan is greenlatent.study.Schedule now"):
        former = study.Plan
    assert former is Schedule
