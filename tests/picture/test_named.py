import numpy as np
import pytest

from greenlatent.picture.embedding import Embedding
from greenlatent.picture.named import NAMES, named, projection_of
from greenlatent.picture.projection import PCA


@pytest.mark.parametrize("name", NAMES)
def test_a_name_makes_a_projection_that_bears_it(name):
    made = projection_of(name)
    assert named(made) == name and isinstance(made, PCA if name == "pca" else Embedding)
    if isinstance(made, Embedding):
        made.close()


def test_an_object_with_fit_and_transform_is_taken_as_it_is():
    class Own:
        def fit(self, latents):
            return self

        def transform(self, latents):
            return np.asarray(latents)[:, :2]

    own = Own()
    assert projection_of(own) is own and named(own) == "your own"


@pytest.mark.parametrize("wrong", ["map", 3, None, object()])
def test_anything_else_is_answered_with_the_names_there_are(wrong):
    with pytest.raises(ValueError, match="pca, umap, tsne, or an object of your own with fit"):
        projection_of(wrong)
