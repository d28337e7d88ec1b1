"""The worst groups are found by what training saw, and a mark on one counts from the next step on."""

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.model.layers import layers
from greenlatent.suggestions.groups import groups

from ..lab.test_lab import Page
from ..lab.test_panels import heard
from ..parts import clusters, linear_net, trainer
from ..run.test_runner import wait_for

# A picture that is never done: so few samples are laid out sooner than anybody can look.
ENDLESS = {"max_iter": 10**8, "min_grad_norm": 0.0, "n_iter_without_progress": 10**8}


@pytest.fixture
def lab():
    train = clusters()
    train.y[train.groups["place"] == 4] = 0
    lab = gl.Lab(linear_net(), train, latent="0", batch_size=8, threads=1, session=False)
    yield lab
    lab.close()


def test_the_worst_group_by_loss_comes_first(lab):
    assert lab.groups() == [], "nothing is known before training has seen anything"
    lab.step(200)
    found = lab.groups()
    assert (found[0].name, found[0].value) == ("place", "4")
    assert [g.loss for g in found] == sorted((g.loss for g in found), reverse=True)
    assert {g.value for g in found if g.name == "class"} == set(lab.trainer.train.classes)
    assert found[0].passes(2) == len(found[0].ids) and found[0].passes(0) == -len(found[0].ids)


def test_a_focal_group_is_met_twice_an_epoch_and_an_irrelevant_one_never(lab):
    lab.step(200)
    met = []
    update = lab.trainer.seen.note
    lab.trainer.seen.note = lambda ids, *rest: (met.extend(ids.tolist()), update(ids, *rest))
    lab.prioritise("place", 4, 2)
    lab.prioritise("place", "5", 0)
    epoch = lab.trainer.epoch
    while lab.trainer.epoch < epoch + 2:
        met.clear() if lab.trainer.epoch == epoch else None
        lab.step(1)
    while not lab.trainer.epoch_done:
        lab.step(1)
    counts = np.bincount(met, minlength=60)
    place = np.asarray(lab.trainer.train.groups["place"])
    assert (counts[place == 5] == 0).all() and (counts[place == 4] >= 2).all()
    with pytest.raises(ValueError, match="groups: place, class"):
        lab.prioritise("room", "1", 2)
    with pytest.raises(ValueError, match="no sample is in place '99'"):
        lab.prioritise("place", 99, 2)


def test_the_page_sees_the_groups_what_a_mark_costs_and_marks_one(lab):
    page = Page(lab)
    lab.step(200)
    wait_for(lambda: heard(page, "groups") and heard(page, "groups")[-1]["rows"])
    row = heard(page, "groups")[-1]["rows"][0]
    assert (row["name"], row["value"], row["n"], row["weight"]) == ("place", "4", 5, 1.0)
    assert row["costs"]["2"].startswith("5 samples more an epoch")
    assert row["costs"]["0"].startswith("5 samples fewer an epoch")
    page.press("prioritise", name="place", value="4", weight=2)
    (event,) = lab.journal.active
    assert event.by == "human" and event.edit.weight == 2
    lab.step(1)
    wait_for(lambda: any(r["weight"] == 2 for r in heard(page, "groups")[-1]["rows"]))


def test_layers_are_those_that_give_a_vector_each_once():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(4, 6), nn.ReLU())
            self.unused = nn.Linear(4, 4)
            self.one = nn.Linear(6, 1)
            self.head = nn.Linear(6, 3)

        def forward(self, x):
            z = self.body(x)
            return self.head(z) + 0 * self.one(z)

    t = trainer(model=Model(), latent="body")
    before = {name: len(m._forward_hooks) for name, m in t.model.named_modules()}
    assert layers(t.network, t.train) == ["body", "body.0", "head"]
    assert {name: len(m._forward_hooks) for name, m in t.model.named_modules()} == before


def test_another_layer_is_looked_at_and_edits_act_where_they_did(lab):
    page = Page(lab)
    assert lab.layers == ["0", "1", "2"] and lab.layer == "0"
    view = lab.view("parallel")
    before = lab.picture.frame(exact=True)
    page.press("layer", layer="2")
    wait_for(lambda: heard(page, "setup")[-1]["layer"] == "2")
    assert heard(page, "setup")[-1]["acts"] == "0"
    frame = lab.picture.frame()
    assert frame.latents.shape[1] == 3 and before.latents.shape[1] == 5 and frame.exact
    assert view._channel._axes["names"] == ["z1", "z2", "z3"]
    weights = {k: v.clone() for k, v in lab.trainer.model.state_dict().items()}
    lab.refresh()
    assert all(torch.equal(v, weights[k]) for k, v in lab.trainer.model.state_dict().items())
    lab.start(200)
    assert lab.wait(30)
    answer = page.edit({"kind": "Move", "ids": {"buffer": 0}, "to": {"near": [4]}}, [3])
    assert answer["type"] == "ack" and lab.step(4).feedback_loss > 0
    with pytest.raises(ValueError, match="to look at"):
        lab._commands.edit(gl.Shift("class 1", 0, 1.0), seconds=None, frame=None)
    page.press("layer", layer="nowhere")
    wait_for(lambda: any("no layer 'nowhere'" in e["text"] for e in heard(page, "error")))
    lab.layer = "0"
    lab.start(200)
    assert lab.wait(30) and lab.picture.frame().latents.shape[1] == 5


def test_the_projection_is_chosen_and_what_takes_long_can_be_cancelled(lab):
    page = Page(lab)
    with pytest.raises(ValueError, match="pca, umap, tsne"):
        lab.projection = "map"
    page.press("projection", name="tsne")
    wait_for(lambda: lab.projection == "tsne")
    lab.runner.call(lab._dashboard._follow)
    assert "t-SNE is being loaded, as it is once" in heard(page, "work")[-1]["text"]
    page.press("cancel")
    wait_for(lambda: lab.projection == "pca")
    lab.projection = gl.Embedding("tsne", **ENDLESS)
    wait_for(lambda: "t-SNE is being computed" in heard(page, "work")[-1]["text"], 60)
    page.press("cancel")
    wait_for(lambda: lab.projection == "pca")
    lab.runner.call(lab._dashboard._follow)
    assert heard(page, "work")[-1]["text"] == "" and heard(page, "setup")[-1]["projection"] == "pca"


@pytest.mark.whole
def test_a_picture_that_comes_during_a_pause_is_shown(lab):
    page = Page(lab)
    lab.step(20)
    lab.projection = "tsne"
    frames = lambda: [h["seq"] for h in heard(page, "frame")]  # noqa: E731
    page.say("ack", frame=frames()[-1])
    count = len(frames())
    # a process of its own draws it, and imports what it needs first
    wait_for(lambda: (page.say("ack", frame=frames()[-1]), len(frames()) > count)[1], 120)
    wait_for(lambda: lab.picture.projection.named == "tsne")


def test_a_long_evaluation_is_shown_and_can_be_called_off(lab, monkeypatch):
    monkeypatch.setattr("greenlatent.run.progress.PROGRESS_SECONDS", -1.0)
    page = Page(lab)
    lab.step(5)
    works = lambda: [(w["text"], w["share"]) for w in heard(page, "work")]  # noqa: E731
    wait_for(lambda: ("Evaluating", 0.0) in works() and works()[-1] == ("", None))
    accuracy = lab.accuracy
    progress = lab.run.progress._tell
    lab.run.progress._tell = lambda text, share: (progress(text, share), page.press("cancel"))
    lab.step(100)
    wait_for(lambda: lab._dashboard.feed.step == 105)
    assert lab.accuracy == accuracy, "called off: the last one stands"


def test_groups_of_data_without_any_are_its_classes():
    t = trainer(gl.Samples(np.random.default_rng(0).normal(size=(20, 4)).astype("f4"), np.arange(20) % 2))
    t.step(10)
    assert {g.name for g in groups(t)} == {"class"}
