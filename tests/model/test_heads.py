"""What a model's last layer gives, and what it must give."""

import pytest
import torch
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.model.heads import one_logit, reading


def test_cross_entropy_beside_a_zero_is_binary_cross_entropy():
    logit, y = torch.randn(9, 1, dtype=torch.float64), torch.arange(9) % 2
    expected = F.binary_cross_entropy_with_logits(logit[:, 0], y.double())
    torch.testing.assert_close(F.cross_entropy(one_logit(logit), y), expected)


def test_of_several_labels_the_shown_one_is_read():
    data = Samples(torch.zeros(2, 3), [[1, 1, 0], [0, 1, 1]], label="2")
    read = reading(torch.zeros(2, 3), data)
    assert read(torch.tensor([[5.0, 6.0, 7.0]])).tolist() == [[0.0, 7.0]]
    with pytest.raises(ValueError, match="3 labels; its last layer must give 3 numbers"):
        reading(torch.zeros(2, 2), data)


def test_two_classes_take_two_numbers_or_one():
    data = Samples(torch.zeros(2, 3), [0, 1])
    assert reading(torch.zeros(2), data) is reading(torch.zeros(2, 1), data) is one_logit
    assert reading(torch.zeros(2, 2), data) is None
    with pytest.raises(ValueError, match="2 numbers per sample, or one"):
        reading(torch.zeros(2, 2, 2), data)
    with pytest.raises(ValueError, match=r"3 numbers per sample$"):
        reading(torch.zeros(2, 1), Samples(torch.zeros(3, 3), [0, 1, 2]))
