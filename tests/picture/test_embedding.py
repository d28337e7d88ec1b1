import threading

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness

from greenlatent.picture.embedding import Embedding, aligned

from ..run.test_runner import wait_for

pytestmark = pytest.mark.whole  # a worker process serves all of these

PATIENCE = (
    240  # seconds: the process imports scikit-learn and numba first, on a machine that may do much else
)
X = torch.tensor(load_digits().data[:150], dtype=torch.float32)


@pytest.fixture(scope="module")
def tsne():
    embedding = Embedding("tsne", max_iter=500)
    yield embedding
    embedding.close()


def test_the_picture_is_pca_until_the_embedding_is_there_and_nobody_waits(tsne):
    tsne.fit(X)
    assert tsne.named == "pca" and tsne.progress is not None
    assert tsne.transform(X).shape == (150, 2)
    assert tsne.wait(PATIENCE) and tsne.error is None and tsne.named == "tsne" and tsne.progress is None
    assert trustworthiness(X.numpy(), tsne.transform(X).numpy(), n_neighbors=5) > 0.9


def test_a_new_picture_lies_on_the_old_one(tsne):
    if tsne.named == "pca":
        tsne.request(X)
        assert tsne.wait(PATIENCE)
    before = tsne.transform(X).numpy()
    tsne.request(X + 0.01)
    assert tsne.wait(PATIENCE)
    after = tsne.transform(X).numpy()
    moved = np.linalg.norm(after - before, axis=1)
    assert np.median(moved) < 0.45 * before.std()  # begun anew it would be 0.59 and more; as it is, 0.33


def test_loading_the_method_is_told_apart_from_computing_and_is_done_once():
    embedding = Embedding("tsne", max_iter=1000)
    embedding.request(X)
    assert embedding.loading  # before it is asked how far it is, which may take the answer
    wait_for(lambda: embedding.progress is None or not embedding.loading, 240)
    assert not embedding.loading and embedding.wait(240) and embedding.error is None
    embedding.request(X)
    assert not embedding.loading and embedding.wait(PATIENCE)
    embedding.close()
    embedding.request(X)
    assert embedding.loading, "in another process"
    embedding.close()


def test_cancelling_keeps_the_last_picture_and_the_next_request_works(tsne):
    tsne.request(X)
    tsne.cancel()
    tsne.cancel()
    assert tsne.progress is None
    tsne.request(X)
    assert tsne.wait(PATIENCE) and tsne.error is None


def test_what_goes_wrong_is_told_and_the_process_serves_on(tsne):
    tsne.fit(X)  # run alone, it has none to fall back upon
    assert tsne.wait(PATIENCE)
    tsne.request(X[:3])
    assert tsne.wait(PATIENCE) and "too few" in tsne.error
    assert tsne.transform(X[:3]).shape == (3, 2)
    tsne.request(X)
    assert tsne.wait(PATIENCE) and tsne.error is None


def test_it_leaves_no_process_and_no_thread():
    threads = threading.active_count()
    embedding = Embedding("tsne", max_iter=500)
    embedding.request(X)
    process = embedding._process
    embedding.close()
    embedding.close()
    with pytest.raises(ValueError, match="closed"):
        process.is_alive()
    assert threading.active_count() == threads


@pytest.mark.slow
def test_umap_is_computed_warm_started_and_trustworthy():
    embedding = Embedding("umap")
    embedding.request(X)
    assert embedding.wait(PATIENCE) and embedding.error is None
    assert trustworthiness(X.numpy(), embedding.transform(X).numpy(), n_neighbors=5) > 0.9
    before = embedding.transform(X).numpy()
    embedding.request(X + 0.01)
    assert embedding.wait(PATIENCE)
    assert np.median(np.linalg.norm(embedding.transform(X).numpy() - before, axis=1)) < before.std()
    embedding.close()


def test_alignment_undoes_any_turn_mirror_shift_and_scale():
    rng = np.random.default_rng(0)
    old = rng.normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])
    assert np.allclose(aligned((3 * old @ turn + 5).astype(np.float32), old), old, atol=1e-4)


@pytest.mark.parametrize(("arguments", "words"), [(("pacmap",), "umap, tsne"), (("umap",), "above 0")])
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        Embedding(*arguments, **({"every": 0} if words == "above 0" else {}))
