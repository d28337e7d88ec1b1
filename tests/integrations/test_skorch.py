"""A Lab beside the fit of a skorch net."""

import pytest
import torch

from greenlatent.edits import Relabel, Separate
from greenlatent.integrations import Noted
from greenlatent.lab.lab import Lab

from ..parts import digit_samples, net

skorch = pytest.importorskip("skorch", reason="skorch is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


def fit(lab, model, **options):
    from greenlatent.integrations.skorch import SkorchCallback

    noted, train = Noted(lab, seed=0), lab.trainer.train
    net = skorch.NeuralNetClassifier(
        model,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-2,
        batch_size=32,
        max_epochs=2,
        train_split=None,
        verbose=0,
        iterator_train__sampler=noted,
        callbacks=[SkorchCallback(lab, noted)],
        **options,
    )
    return net.fit(train.x, train.y.clone())


def made():
    train, valid = digit_samples()
    model = net()
    return Lab(model, train, valid=valid, latent="encoder", threads=1, device="cpu", session=False), model


def test_skorch_trains_the_lab_watches_and_edits_act():
    lab, model = made()
    with lab:
        lab.journal.add(Relabel(range(100), "3"))
        lab.journal.add(Separate("0", "1", margin=5.0))
        fitted = fit(lab, model)
        assert not lab.runner.running
        assert (
            lab.trainer.steps == 80 and lab.trainer.evaluate()["accuracy"] > 0.4 and lab.trainer.recent[1] > 0
        )
        assert fitted.predict(lab.trainer.train.x[:100]).tolist().count(3) >= 20
        assert lab.energy["train"].known and (lab.trainer.seen.predicted >= 0).all()


def test_a_net_of_another_model_is_refused():
    lab, _ = made()
    with lab, pytest.raises(ValueError, match="another model than the Lab's: pass the instance"):
        fit(lab, net())
