import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.data.samples import Samples
from greenlatent.energy import Model
from greenlatent.suggestions.diagnosis.diagnosis import BROKEN, LABEL, MODEL, NOTHING, OVERLAP, Doctor

from ...parts import clusters, linear_net, trainer, weights


def learned(data, steps=300, **options):
    t = trainer(data, lr=1e-2, **options)
    t.step(steps)
    return t


def relabelled(data, ids, by=1):
    y = data.y.numpy().copy()
    y[ids] = (y[ids] + by) % 3
    return data.take(np.arange(len(data)), y=torch.from_numpy(y))


def test_right_data_and_a_good_model_are_accused_of_nothing():
    found = Doctor(learned(clusters(n=240))).diagnose()
    assert found.counts[NOTHING] >= 0.95 * 240 and found.verdict == NOTHING
    assert found.text.startswith("Nothing to see in most of them")


def test_a_wrong_label_is_said_to_be_one_with_its_neighbours_counted():
    found = Doctor(learned(relabelled(clusters(n=240), [10, 33]))).diagnose([33, 10, 5])
    assert found.ids.tolist() == [33, 10, 5] and found.verdicts[:2].tolist() == [LABEL, LABEL]
    assert found.label[:2].min() > found.label[2]
    told = found.of(33)
    assert told.startswith(
        "The label looks wrong: 0 of 12 neighbours have its label class 1, 12 have class 0"
    )
    assert "To tell more: look at it" in told
    assert found.text.startswith("The label looks wrong in 2 of 3; of sample 10:")


def test_a_broken_sample_is_said_to_be_so_whatever_its_label():
    data = clusters(n=240)
    x = data.x.clone()
    x[7] = 60.0
    x[9] = x[3]
    found = Doctor(learned(relabelled(Samples(x, data.y, classes=data.classes), [7]))).diagnose()
    assert found.verdicts[[7, 9, 3]].tolist() == [BROKEN] * 3
    assert "deviations" in found.of(7) and "its input is that of sample 3" in found.of(9)


def test_merged_classes_overlap_and_the_third_does_not():
    data = clusters(n=300)
    y = data.y.numpy().copy()
    inside = y < 2
    y[inside] = np.random.default_rng(0).permutation(y[inside])
    found = Doctor(learned(data.take(np.arange(300), y=torch.from_numpy(y)))).diagnose()
    assert (found.verdicts[inside] == OVERLAP).mean() > 0.9
    assert (found.verdicts[~inside] == NOTHING).mean() > 0.9
    assert "class 0 and class 1 overlap" in found.of(int(np.flatnonzero(inside)[0])).replace(
        "class 1 and class 0", "class 0 and class 1"
    )


def test_what_a_young_model_misreads_is_the_models_fault():
    t = learned(clusters(n=240), steps=1)
    found = Doctor(t).diagnose()
    missed = found.numbers["predicted"] != found.numbers["given"]
    assert (found.verdicts[missed] == MODEL).mean() > 0.9 and found.verdict == MODEL
    assert "not seen yet" in found.of(int(np.flatnonzero(found.numbers["predicted"] < 0)[0]))


def test_looking_takes_no_pass_changes_nothing_and_is_metered():
    meter = gl.Meter([Model()])
    meter.start()
    t = learned(clusters(n=120), steps=20, meter=meter)
    before, state = weights(t.model), torch.random.get_rng_state()
    t.network.beliefs = t.exact = None  # would raise
    Doctor(t).diagnose()
    assert all(torch.equal(before[name], value) for name, value in t.model.state_dict().items())
    assert torch.equal(state, torch.random.get_rng_state())
    meter.stop()
    assert "suggest" in meter.ledger()


def test_verdicts_are_kept_until_a_label_changes_or_training_begins_again():
    t = learned(clusters(n=120), steps=20)
    doctor = Doctor(t)
    assert doctor.verdicts is None
    doctor.diagnose([3])
    assert doctor.verdicts.shape == (120,) and None not in doctor.verdicts.tolist()
    t.journal.add(gl.Relabel([5], "class 0" if t.train.y[5] else "class 1"))
    assert np.flatnonzero(doctor.verdicts == None).tolist() == [5]  # noqa: E711
    t.reset()
    assert set(doctor.verdicts.tolist()) == {None}


def test_a_verdict_tells_what_was_believed_earlier_and_how_validation_does():
    t = trainer(relabelled(clusters(n=240), [10]), valid=clusters(n=120, seed=1), lr=1e-2)
    doctor = Doctor(t)
    for _ in range(8):
        t.step(25)
        doctor.remember()
    found, half = doctor.diagnose(), max(step for step, _ in doctor._beliefs if step <= 100)
    assert found.before == half and len(doctor._beliefs) < 8
    assert (found.numbers["belief before"] == dict(doctor._beliefs)[half]).all()
    right = t.network.beliefs(t.valid, torch.arange(120))[1].argmax(1) == t.valid.y
    given = int(found.numbers["given"][10])
    own = float(right[t.valid.y == given].float().mean())
    assert found.numbers["validation"][10] == pytest.approx(own)
    assert f"; of the validation samples of class {given} it reads {own:.0%} right" in found.of(10)
    assert np.isnan(doctor.diagnose(validate=False).numbers["validation"]).all()
    t.reset()
    assert doctor.diagnose().before == 0, "it began again"


def test_samples_without_a_label_have_none_that_is_wrong():
    data = clusters(n=120)
    y = data.y.numpy().copy()
    y[::2] = -1
    found = Doctor(learned(data.take(np.arange(120), y=torch.from_numpy(y)), steps=50)).diagnose()
    assert not np.isin(found.verdicts[::2], [LABEL, MODEL, OVERLAP]).any()


def test_what_cannot_be_diagnosed_is_refused_in_words():
    doctor = Doctor(learned(clusters(), steps=1))
    for wrong, said in (
        ([99], "no training sample 99"),
        ([-1], "no training sample -1"),
        ([0.5], "list of sample ids"),
        (3, "list of sample ids"),
    ):
        with pytest.raises(ValueError, match=said):
            doctor.diagnose(wrong)
    with pytest.raises(ValueError, match=r"sample 9 was not diagnosed; ask lab\.diagnose\(\[9\]\)"):
        doctor.diagnose([3]).of(9)
    assert doctor.diagnose([]).verdict == NOTHING
    t = trainer(Samples(np.zeros((8, 4), "f4"), np.arange(8.0)), linear_net(classes=1))
    with pytest.raises(ValueError, match="a diagnosis needs classes"):
        Doctor(t).diagnose()
