"""One piece of memory for all gradients: what goes in, what comes out, and what nobody keeps of it."""

import torch
from torch import nn

from greenlatent.scale.flat import Flat


def parameters(*kinds):
    torch.manual_seed(0)
    return [nn.Parameter(torch.zeros(2 + k, 3, dtype=kind)) for k, kind in enumerate(kinds)]


def filled(flat, grads, numbers=(0.5, 1.0)):
    for parameter, grad in zip(flat.parameters, grads, strict=True):
        parameter.grad = grad
    flat.fill(torch.tensor(numbers))
    return flat


def test_what_is_summed_holds_each_gradient_and_who_has_one_and_the_numbers():
    a, b = parameters(torch.float32, torch.float32)
    flat = filled(Flat([a, b], 2), [torch.full((2, 3), 2.0), None])
    assert flat.whole.tolist() == [2.0] * 6 + [0.0] * 9 + [0.5, 1.0] + [1.0, 0.0]


def test_a_gradient_that_is_elsewhere_alone_is_given_here_and_one_that_is_nowhere_is_none():
    here, there, nowhere = parameters(*[torch.float32] * 3)
    mine = filled(Flat([here, there, nowhere], 2), [torch.ones(2, 3), None, None])
    other = filled(Flat(parameters(*[torch.float32] * 3), 2), [None, torch.full((3, 3), 4.0), None])
    mine.whole += other.whole
    assert mine.give().tolist() == [1.0, 2.0]
    assert torch.equal(here.grad, torch.ones(2, 3)) and torch.equal(there.grad, torch.full((3, 3), 4.0))
    assert nowhere.grad is None


def test_gradients_are_given_without_a_copy_and_the_numbers_keep_none_of_them_in_memory():
    (a,) = parameters(torch.float32)
    flat = filled(Flat([a], 2), [torch.ones(2, 3)])
    numbers = flat.give(kept=False)
    assert a.grad.data_ptr() == flat.whole.data_ptr()
    assert numbers.untyped_storage().nbytes() == 2 * 4


def test_gradients_that_were_zeroed_in_place_and_added_to_are_summed_like_fresh_ones():
    a, b = parameters(torch.float32, torch.float32)
    flat = filled(Flat([a, b], 2), [torch.ones(2, 3), torch.ones(3, 3)])
    flat.give()
    a.grad.zero_().add_(3.0)
    b.grad = None
    flat.fill(torch.zeros(2))
    assert flat.whole.tolist() == [3.0] * 6 + [0.0] * 9 + [0.0] * 2 + [1.0, 0.0]


def test_parameters_of_several_kinds_are_summed_in_the_widest_and_given_their_own():
    narrow, wide = parameters(torch.bfloat16, torch.float32)
    flat = filled(Flat([narrow, wide], 2), [torch.ones(2, 3, dtype=torch.bfloat16), torch.ones(3, 3)])
    assert flat.whole.dtype == torch.float32
    flat.give()
    assert narrow.grad.dtype == torch.bfloat16 and wide.grad.dtype == torch.float32


def test_it_fits_the_very_parameters_that_it_was_made_for():
    mine, others = parameters(torch.float32), parameters(torch.float32)
    flat = Flat(mine, 2)
    assert flat.fits(list(mine), 2)
    assert not flat.fits(mine, 3) and not flat.fits(others, 2) and not flat.fits([*mine, *others], 2)


def test_gradients_of_gradients_leave_no_graph_in_the_memory_that_stays():
    (a,) = parameters(torch.float32)
    flat = filled(Flat([a], 2), [torch.ones(2, 3, requires_grad=True) * 2])
    assert not flat.whole.requires_grad and flat.whole.tolist()[:6] == [2.0] * 6


def test_a_gradient_that_somebody_keeps_is_that_of_its_step():
    (a,) = parameters(torch.float32)
    flat = filled(Flat([a], 2), [torch.ones(2, 3)])
    flat.give()
    kept = a.grad
    filled(flat, [torch.full((2, 3), 5.0)])
    assert torch.equal(kept, torch.ones(2, 3))


def test_parameters_that_were_put_in_another_form_since_take_another_piece_of_memory():
    for changed in (torch.zeros(5, 3), torch.zeros(2, 3, dtype=torch.float64), torch.zeros(6)):
        a, b = parameters(torch.float32, torch.float32)
        flat = Flat([a, b], 2)
        assert flat.fits([a, b], 2) and not flat.fits([a, b], 3) and not flat.fits([b, a], 2)
        assert not flat.fits([a], 2) and not flat.fits([a, nn.Parameter(torch.zeros(3, 3))], 2)
        a.data = changed
        assert not flat.fits([a, b], 2), "a parameter may be another with the same name"
