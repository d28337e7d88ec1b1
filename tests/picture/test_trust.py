import pytest
import torch
from sklearn.manifold import trustworthiness as reference_trustworthiness

from greenlatent.picture.trust import doubt, trustworthiness

from .test_projection import cloud


@pytest.mark.parametrize("seed", range(3))
def test_trustworthiness_is_that_of_scikit_learn(seed):
    z = cloud(n=60, seed=seed)
    picture = z[:, -2:]
    ours = trustworthiness(z, picture, k=5)
    assert ours == pytest.approx(
        reference_trustworthiness(z.numpy(), picture.numpy(), n_neighbors=5), abs=1e-9
    )


def test_doubt_points_at_false_neighbours():
    z = torch.cat([torch.zeros(20, 3), torch.full((20, 3), 9.0)]) + 0.1 * cloud(n=40, d=3)
    good = z[:, :2]
    assert doubt(z, good, k=4).mean() < 0.15
    folded = good.clone()
    folded[20:] -= 9.0  # both clusters in one place
    assert doubt(z, folded, k=4).mean() > 0.3
