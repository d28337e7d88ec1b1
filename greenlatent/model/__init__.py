"""Somebody's torch module as we hold it: its layers, its owner, its random numbers.

network     one pass of it, in training or as a look
tap         the activations of a named layer
reads       what the last layers with weights read
rows        the same of rows that are asked for, kept while the weights stay
heads       what of a model's output are the numbers per class
acting      whether a pull on the tapped layer reaches anything
narrow      the same chain of layers with fewer units
separable   the same net with cheaper convolutions
widen       room for more classes in a head
layers      which layers give one vector a sample
ownership   one trainer a model, and its first weights
randomness  random numbers that nothing else disturbs
threads     how many threads this process may use
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    network="Network",
    tap="Tap",
    ownership="weights_hash",
    threads="allowed_threads",
    widen="widen",
)
