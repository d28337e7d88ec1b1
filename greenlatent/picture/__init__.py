"""From latents to a picture that holds still, within a budget.

projection        PCA, held still
trust             whether neighbours in a picture are true
carry             stale latents mapped to the present
embedding         UMAP and t-SNE in a process of their own
embedding_worker  that process
named             projections by their names
picture           frames of a training run for a share of its time
look              what one sample looks like
columns           what is known of the samples of a frame
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    projection="PCA Projection",
    trust="doubt trustworthiness",
    embedding="Embedding",
    picture="Frame Picture",
)
