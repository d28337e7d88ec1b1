"""A net is narrowed where its layers form a chain, and what stops it is named."""

from torch import nn

from greenlatent.tactics.finders.model import narrower
from greenlatent.tactics.offer import Asked

from ...parts import clusters, digit_samples, net
from ..simulated import lab


def test_a_chain_is_offered_at_half_its_width_and_its_twin_steps():
    with lab() as run:
        offer = narrower(Asked(run.run, 100))
        twin = offer.altered.twin(run.trainer, 100)
        assert twin.model[0].out_features == 2
        twin.step(3)
        twin.close()


class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(x + self.encoder(x))


def test_no_forward_is_traced_while_another_run_may_call_modules():
    with lab() as run, lab(model=net(), train=digit_samples()[0], valid=None, latent="encoder") as own:
        assert narrower(Asked(run.run, 100)).tactic == "T8", "a plain chain needs no trace"
        assert "disturb the other run" in narrower(Asked(own.run, 100))
        run.close()
        assert narrower(Asked(own.run, 100)).tactic == "T8"


def test_what_is_no_chain_is_left_with_what_stops_it():
    with lab(model=Skips(), train=clusters(60), latent="encoder") as run:
        assert narrower(Asked(run.run, 100)).startswith("it cannot be narrowed: ")
