"""Other people's loops and loggers: a Lab beside Lightning, Hugging Face or skorch, and its numbers elsewhere.

batches      which samples a batch holds, and one step of a loop after another
lightning    a Lightning callback
huggingface  a callback and a collator for Hugging Face's Trainer
skorch       a skorch callback
loggers      steps, accuracy and joules for TensorBoard, MLflow, Weights & Biases, or a CSV file
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, batches="Noted", loggers="log")
