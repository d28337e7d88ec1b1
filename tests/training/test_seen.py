import pytest
import torch
from torch.nn import functional as F

from greenlatent.training.seen import Seen


def test_deferred_statistics_equal_a_naive_loop():
    torch.manual_seed(0)
    seen = Seen(20, 3, regression=False, device=torch.device("cpu"))
    last = {}
    for step in range(150):
        ids = torch.randperm(20)[:4]
        z, logits, y = torch.randn(4, 3), torch.randn(4, 5), torch.randint(-1, 5, (4,))
        y[y < 0] = -100
        seen.note(ids, z, logits, y, step)
        for k, i in enumerate(ids.tolist()):
            last[i] = (step, z[k], logits[k], y[k])
    latents, loss, confidence = seen.latents, seen.loss, seen.confidence
    for i, (step, z, logits, y) in last.items():
        assert seen.step[i] == step and torch.equal(latents[i], z) and seen.predicted[i] == logits.argmax()
        if y >= 0:
            assert loss[i] == pytest.approx(float(F.cross_entropy(logits, y)), rel=1e-5)
            assert confidence[i] == pytest.approx(float(logits.softmax(0)[y]), rel=1e-5)
        else:
            assert loss[i].isnan() and confidence[i].isnan()


def test_forgetting_is_counted_when_a_right_sample_turns_wrong():
    seen = Seen(1, 1, regression=False, device=torch.device("cpu"))
    for guess in (0, 1, 1, 0, 1):
        seen.note(
            torch.tensor([0]),
            torch.zeros(1, 1),
            F.one_hot(torch.tensor([guess]), 2).float(),
            torch.tensor([1]),
            0,
        )
        seen.flush()
    assert seen.forgotten.tolist() == [1] and seen.predicted.tolist() == [1]


def test_statistics_of_60000_by_64_stay_under_40_megabytes():
    seen = Seen(60_000, 64, regression=False, device=torch.device("cpu"))
    assert sum(t.numel() * t.element_size() for t in seen.state().values()) < 40e6


def test_losses_asked_for_between_two_flushes_are_those_of_a_flush_bit_for_bit():
    torch.manual_seed(0)
    asked, other = (Seen(20, 3, regression=False, device=torch.device("cpu")) for _ in "ab")
    for step in range(40):
        ids = torch.randint(0, 20, (4,)) if step % 3 else torch.randperm(20)[:4]
        z, logits, y = torch.randn(4, 3), torch.randn(4, 5), torch.randint(-1, 5, (4,))
        for seen in (asked, other):
            seen.note(ids, z, logits, y, step)
        if step == 20:  # a step that comes again
            for seen in (asked, other):
                seen.forget(step)
                seen.note(ids, z, logits, y, step)
        if step % 7 == 0:
            before = asked.loss.clone()
            alone = Seen(20, 3, regression=False, device=torch.device("cpu"))
            alone.load(other.state())
            assert before.nan_to_num(-1).equal(alone.loss.nan_to_num(-1))
    for name in set(other.state()) - {"_forgotten", "_order"}:  # what is counted from one flush to the next
        value = other.state()[name]
        assert asked.state()[name].float().nan_to_num(-1).equal(value.float().nan_to_num(-1)), name


def test_losses_are_written_without_a_flush():
    seen = Seen(3, 2, regression=False, device=torch.device("cpu"))
    seen.note(torch.tensor([1]), torch.ones(1, 2), torch.tensor([[0.0, 2.0]]), torch.tensor([1]), 4)
    assert not seen.loss[1].isnan() and int(seen._step[1]) == -1
    assert int(seen.step[1]) == 4


def test_losses_that_steps_noted_are_told_whenever_they_are_asked_for():
    torch.manual_seed(0)
    asked, other = (Seen(12, 3, regression=False, device=torch.device("cpu")) for _ in "ab")
    noted = torch.full((12,), torch.nan)
    for step in range(9):
        ids = torch.randperm(12)[:5]
        z, logits, y = torch.randn(5, 3), torch.randn(5, 4), torch.randint(0, 4, (5,))
        losses = torch.rand(5) if step not in (2, 3) else None  # an epoch that left nothing out
        for seen in (asked, other):
            seen.note(ids, z, logits, y, step, losses)
        noted[ids] = F.cross_entropy(logits, y, reduction="none") if losses is None else losses
        if step in (1, 2, 6):
            assert torch.allclose(asked.loss, noted, equal_nan=True)
        if step == 4:
            assert asked.latents.any()  # looking at all of it
    assert torch.equal(asked.loss, other.loss) and torch.allclose(other.loss, noted)
