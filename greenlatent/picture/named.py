"""Named: projections by the names that a Lab takes and a page offers."""

from __future__ import annotations

from .embedding import Embedding
from .projection import PCA, Projection

NAMES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}  # as the page writes them


def projection_of(given: str | Projection) -> Projection:
    """A projection by its name, or one of one's own."""
    if callable(getattr(given, "fit", None)) and callable(getattr(given, "transform", None)):
        return given  # type: ignore[return-value]
    if not isinstance(given, str) or given not in NAMES:
        raise ValueError(
            f"projection={given!r} is none; there are {', '.join(NAMES)}, or an object of your own with fit and"
            " transform"
        )
    return PCA() if given == "pca" else Embedding(given)


def named(projection: Projection) -> str:
    """The name that `projection_of` would take."""
    return "pca" if isinstance(projection, PCA) else str(getattr(projection, "method", "your own"))
