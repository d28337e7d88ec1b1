import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA as ReferencePCA

from greenlatent.picture.projection import PCA


def cloud(n=200, d=8, seed=0):
    rng = np.random.default_rng(seed)
    return torch.tensor(rng.normal(size=(n, d)) * np.linspace(3, 0.3, d), dtype=torch.float32)


def test_it_is_the_pca_of_scikit_learn_up_to_sign():
    z, pca = cloud(), PCA()
    pca.fit(z)
    reference = ReferencePCA(2).fit_transform(z.numpy())
    assert np.allclose(abs(pca.transform(z).numpy()), abs(reference), atol=1e-4)


def test_the_sign_does_not_depend_on_the_solver():
    z = cloud()
    first, second = PCA(), PCA()
    first.fit(z)
    second.fit(z.flip(0))
    assert torch.allclose(first.transform(z), second.transform(z), atol=1e-4)


def test_the_picture_holds_still_while_the_basis_describes_the_data():
    z, pca = cloud(), PCA()
    pca.fit(z)
    basis = pca.basis.clone()
    pca.fit(z + 0.05 * cloud(seed=1))
    assert torch.equal(pca.basis, basis)


def test_a_refit_lies_on_the_old_picture():
    z, pca = cloud(), PCA()
    pca.fit(z)
    before = pca.transform(z)
    swapped = z.clone()
    swapped[:, 0], swapped[:, 2] = -z[:, 2], z[:, 0]  # the strongest axis turns into another one
    pca.fit(swapped)
    after = pca.transform(swapped)
    assert not torch.allclose(before, after, atol=1e-2)
    mirrored = after * torch.tensor([-1.0, 1.0])
    turned = after.flip(1)
    distance = (before - after).square().sum()
    assert distance < (before - mirrored).square().sum() and distance < (before - turned).square().sum()


def test_one_latent_dimension_is_drawn_on_a_line():
    z, pca = cloud(20, 1), PCA()
    pca.fit(z)
    assert pca.transform(z)[:, 1].abs().max() == 0


def test_all_points_in_one_place_are_no_error():
    z, pca = torch.zeros(20, 4), PCA()
    pca.fit(z)
    assert torch.equal(pca.transform(z), torch.zeros(20, 2))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_latents_that_are_not_finite_are_refused_in_words(bad):
    z = torch.randn(20, 4)
    z[3, 1] = bad
    with pytest.raises(ValueError, match="training has diverged"):
        PCA().fit(z)
