"""A Lab's other views: parallel coordinates and a scatter, in the same journal and with the same selection."""

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.edits import RankFeatures, Shift
from greenlatent.statistics.relevance import f_ratio
from greenlatent.widgets.widget import DOUBTFUL
from tests.widgets.page import Page

CLASSES = ["standing", "running", "walking", "badminton"]


def motions(n: int = 240, seed: int = 0) -> gl.Samples:
    """Six channels of 50 readings, as a wrist sensor gives them: each class has its own strength and pace in
    the first five channels, and the sixth is noise."""
    random = np.random.default_rng(seed)
    y = np.arange(n) % 4
    time = np.arange(50) / 10
    strength = np.array([[0.1, 2.0, 1.0, 1.5], [0.1, 1.0, 2.0, 0.5], [0.2, 0.5, 1.0, 2.0]])[:, y].T  # (n, 3)
    pace = np.array([0.5, 2.5, 1.5, 0.8])[y]
    wave = np.sin(2 * np.pi * (pace[:, None] * time + random.random((n, 1))))  # (n, 50)
    x = random.normal(0, 0.3, (n, 6, 50))
    x[:, :3] += strength[:, :, None] * wave[:, None]
    x[:, 3:5] += 0.7 * strength[:, :2, None] * np.roll(wave, 5, 1)[:, None]
    return gl.Samples(
        x.astype(np.float32), y, classes=CLASSES, features=["ax", "ay", "az", "gx", "gy", "noise"]
    )


def network(dims: int = 8) -> nn.Module:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv1d(6, 16, 7, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(352, dims))
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(dims, 4)))


@pytest.fixture
def lab():
    train, valid = motions().split(valid=0.3, seed=0)
    lab = gl.Lab(network(), train, valid=valid, latent="0", seed=0, session=False, threads=1)
    yield lab
    lab.close()


def test_the_parallel_view_shows_every_latent_dimension(lab):
    view = lab.view("parallel")
    assert lab.view("parallel") is view, "one view a space"
    page = Page(view)
    page.open()
    assert page.last("axes")["names"] == [f"z{k}" for k in range(1, 9)]
    np.testing.assert_allclose(page.points(), lab.trainer.latents(), atol=1e-3)
    state = [c["name"] for c in page.last("labels")["columns"]].index("state")
    assert not (np.frombuffer(page.buffers("labels")[state], "u1") & DOUBTFUL).any(), "axes leave nothing out"
    scores = np.frombuffer(page.buffers("scores")[0], "<f4")
    wanted = f_ratio(lab.trainer.latents(), lab.trainer.train.y.numpy()).scores
    np.testing.assert_allclose(scores, wanted, rtol=0.01)
    lab.step(5)
    page.draw()
    lab.refresh()
    np.testing.assert_allclose(page.points(), lab.trainer.latents(), atol=1e-3)


def test_a_shift_from_the_page_is_kept_as_a_vector(lab):
    page = Page(lab.view("parallel"))
    page.edit(1, {"kind": "Shift", "label": "walking", "axis": 3, "amount": 1.5, "against": None})
    (event,) = lab.journal
    assert event.by == "human" and event.edit == Shift("walking", (0, 0, 0, 1, 0, 0, 0, 0), 1.5)
    assert page.last("ack")["n"] == event.n
    page.edit(2, {"kind": "Shift", "label": "walking", "axis": 8, "amount": 1.5, "against": None})
    assert "there is no axis 8" in page.last("error")["text"]


def test_undo_by_key_takes_the_edit_out_of_force(lab):
    page = Page(lab.view("parallel"))
    page.open()
    page.edit(1, {"kind": "Shift", "label": "walking", "axis": 3, "amount": 1.5, "against": None})
    page.say("command", do="undo", arguments={})
    assert lab.journal.active == []
    lab.refresh()
    assert page.last("status")["redo"] is True


def test_views_share_their_selection_and_the_page_hears_no_echo(lab):
    view = lab.view("parallel")
    assert view.link == lab.widget.link
    page, other = Page(view, client="mine"), Page(lab.widget, client="mine")
    page.say("selection", np.array([3, 4], "<u4").tobytes(), client="mine")
    assert lab.selection.tolist() == [3, 4]
    assert page.last("selection")["client"] == other.last("selection")["client"] == "mine"
    lab.selection = [5]
    assert view.selection.tolist() == [5]
    assert page.last("selection")["client"] is None


def test_a_scatter_and_the_input_are_views_too(lab):
    scatter = Page(lab.view("scatter"))
    scatter.open()
    assert scatter.points().shape == (168, 2)
    inputs = Page(lab.view("parallel", space="input"))
    inputs.open()
    assert inputs.last("axes")["names"] == ["ax", "ay", "az", "gx", "gy", "noise"]
    x = lab.trainer.train.view(torch.arange(168)).numpy()
    np.testing.assert_allclose(inputs.points(), x.std(2), atol=1e-3)


def test_a_channel_of_noise_ranks_last_by_permutation_and_can_be_left_out(lab):
    lab.step(120)
    page = Page(lab.view("parallel", space="input"))
    page.open()
    assert page.last("axes")["statistics"] == ["f_ratio", "mutual_information", "permutation"]
    page.say("command", do="relevance", arguments={"statistic": "permutation"})
    lab.runner.call(lambda: None)
    assert page.last("scores")["statistic"] == "permutation"
    scores = np.frombuffer(page.buffers("scores")[0], "<f4")
    order = np.argsort(-scores)
    assert order[-1] == 5 and abs(scores[5]) < 0.1 * scores.max()
    page.edit(1, {"kind": "RankFeatures", "order": {"buffer": 0}, "keep": 5}, order.tolist())
    assert lab.journal.active[-1].edit == RankFeatures(tuple(order.tolist()), 5)
    lab.step(1)
    assert lab.trainer.mending.features.tolist() == [1, 1, 1, 1, 1, 0]
    assert "relevance" in lab.energy, "what it cost has a line of its own"


def test_a_permuted_channel_of_real_motions_ranks_last():
    """BasicMotions as it is, but for one channel whose recordings were dealt out anew: it tells nothing any more."""
    real = gl.datasets.motions()
    x = np.stack([real.x[k] for k in range(len(real))]).astype(np.float32)
    x /= x.std((0, 2), keepdims=True)
    x[:, 1] = x[np.random.default_rng(0).permutation(len(x)), 1]
    names = ["ax", "permuted", "az", "gx", "gy", "gz"]
    samples = gl.Samples(x, np.asarray(real.y), classes=real.classes, features=names)
    train, valid = samples.split(valid=0.5, seed=0)
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv1d(6, 16, 7, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(384, 8))
    model = nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(8, 4)))
    lab = gl.Lab(model, train, valid=valid, latent="0", seed=0, session=False, threads=1)
    lab.step(60)
    page = Page(lab.view("parallel", space="input"))
    page.open()
    page.say("command", do="relevance", arguments={"statistic": "permutation"})
    lab.runner.call(lambda: None)
    scores = np.frombuffer(page.buffers("scores")[0], "<f4")
    assert page.last("axes")["names"][scores.argmin()] == "permuted"
    assert scores[1] < 0.1 * scores.max()
    lab.close()


def test_a_margin_on_a_regression_task_is_refused_in_words_and_by_nothing_else():
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 6)).astype(np.float32)
    train = gl.Samples(x, x.sum(1))
    model = nn.Sequential(nn.Sequential(nn.Linear(6, 4), nn.ReLU()), nn.Linear(4, 1))
    lab = gl.Lab(model, train, latent="0", seed=0, session=False, threads=1)
    view = lab.view("parallel")
    page = Page(view)
    page.open()
    assert view.classes == (), "so the page offers no class to drag"
    for number, label in enumerate(["walking", "0", "", "1.5"], 1):
        page.edit(number, {"kind": "Shift", "label": label, "axis": 0, "amount": 1.0, "against": None})
        assert page.last("error")["number"] == number and len(page.last("error")["text"]) > 20
    assert len(lab.journal) == 0
    lab.step(2)
    lab.close()


def test_permutation_leaves_no_trace_in_training():
    train, valid = motions().split(valid=0.3, seed=0)

    def run(look: bool):
        lab = gl.Lab(network(), train, valid=valid, latent="0", seed=0, session=False, threads=1)
        lab.step(10)
        if look:
            view = lab.view("parallel", space="input")
            Page(view).say("command", do="relevance", arguments={"statistic": "permutation"})
        lab.step(10)
        weights = [value.clone() for value in lab.trainer.model.state_dict().values()]
        lab.close()
        return weights

    assert all(torch.equal(a, b) for a, b in zip(run(False), run(True), strict=True))


def test_what_there_is_not_is_refused_in_words(lab):
    with pytest.raises(ValueError, match=r"no view 'tree' of the 'latent' space; there are 'scatter'"):
        lab.view("tree")
    page = Page(lab.view("parallel"))
    page.say("command", do="relevance", arguments={"statistic": "permutation"})
    lab.runner.call(lambda: None)
    assert "there is no statistic 'permutation' here" in page.last("error")["text"]


def test_wide_latents_show_the_dimensions_that_vary_most_and_edits_name_the_right_one():
    train = motions(60)
    lab = gl.Lab(network(300), train, latent="0", seed=0, session=False, threads=1)
    page = Page(lab.view("parallel"))
    page.open()
    names = page.last("axes")["names"]
    assert len(names) == 256
    spread = lab.trainer.latents().var(0)
    assert {int(name[1:]) - 1 for name in names} == set(np.argsort(-spread)[:256].tolist())
    page.edit(1, {"kind": "Shift", "label": "walking", "axis": 200, "amount": 1.0, "against": None})
    (event,) = lab.journal
    assert len(event.edit.axis) == 300 and event.edit.axis[int(names[200][1:]) - 1] == 1
    lab.close()


def test_what_axes_beside_the_scatter_take_comes_out_of_the_watching_budget():
    lab = gl.Lab(network(), motions(), latent="0", batch_size=16, threads=1, session=False)
    page = Page(lab.widget)
    page.say("hello", view="v", open=True, axes=True)
    lab.refresh()
    assert lab._dashboard.feed.axes is not None and page.last("frame")["space"] == "plane"
    picture = lab.picture
    picture.training(True)
    before = picture._spent
    charged = []
    charge, picture.charge = picture.charge, lambda seconds: (charged.append(seconds), charge(seconds))
    lab.runner.call(lambda: lab._dashboard.feed.show(exact=True))
    assert charged and charged[0] > 0 and picture._spent >= before + charged[0]
    lab.close()


def test_inputs_without_classes_to_tell_apart_are_shown_without_a_score_and_training_goes_on():
    data = motions()
    numbers = gl.Samples(data.x, np.linspace(0, 1, len(data)).astype(np.float32))
    model = nn.Sequential(network()[0], nn.Linear(8, 1))
    lab = gl.Lab(model, numbers, latent="0", seed=0, session=False, threads=1)
    lab.view("parallel", space="input")
    lab.step(2)
    lab.refresh()
    with pytest.raises(ValueError, match=r"no accuracy to compare by.*labels"):
        lab.control()
    lab.close()


def test_a_layer_that_does_not_run_is_refused_and_the_picture_stays(lab):
    lab.trainer.model.add_module("idle", nn.Linear(2, 2))
    lab.trainer.model.forward = lambda x: lab.trainer.model[1](lab.trainer.model[0](x))
    with pytest.raises(RuntimeError, match=r"'idle' has not run.*name one that it does use"):
        lab.layer = "idle"
    assert lab.layer == "0"
    lab.refresh()


def test_what_is_no_projection_is_refused_and_changes_nothing(lab):
    for wrong in (5, "map", [2]):
        with pytest.raises(ValueError, match="pca, umap, tsne, or an object of your own with fit"):
            lab.projection = wrong
    assert lab.projection == "pca"
    lab.refresh()


def test_a_ranking_that_takes_long_is_cancelled_from_the_page(lab, monkeypatch):
    monkeypatch.setattr("greenlatent.run.progress.PROGRESS_SECONDS", -1.0)
    view = lab.view("parallel", space="input")
    page = Page(view)
    lab.step(10)
    work, evaluated = lab.run.progress, []
    tell, evaluate = work._tell, lab.trainer.evaluate
    monkeypatch.setattr(
        work, "_tell", lambda text, share: (tell(text, share), page.say("command", do="cancel", arguments={}))
    )
    monkeypatch.setattr(
        lab.trainer, "evaluate", lambda **options: (evaluated.append(1), evaluate(**options))[1]
    )
    page.say("command", do="relevance", arguments={"statistic": "permutation"})
    lab.runner.call(lambda: None)
    assert len(evaluated) < 5
    assert lab._dashboard.feed.views["parallel", "input"].statistic == "f_ratio"


def test_a_radar_stands_in_the_order_of_the_dashboards_axes_and_wants_three_of_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train = gl.datasets.digits()

    def lab(width: int) -> gl.Lab:
        net = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
        return gl.Lab(net, train, latent="0", threads=1, session=False)

    with lab(5) as five:
        five.widget.arrangement = {"order": [2, 0, 1], "hidden": [4]}
        radar = five.view("radar")
        assert radar.view == "radar" and radar.arrangement == {"order": [2, 0, 1], "hidden": [4]}
        radar.arrangement = {"order": [4, 3]}
        assert five.widget.arrangement == {"order": [4, 3]} and five.view("radar") is radar
    with lab(2) as two, pytest.raises(ValueError, match="3 axes or more, and the layer has 2"):
        two.view("radar")
    with lab(20) as twenty:
        order = twenty.view("radar").arrangement["order"]
        latents = twenty.trainer.exact(torch.arange(len(train))).numpy()
        assert order == f_ratio(latents, train.y.numpy()).order.tolist(), "the best of many come first"
