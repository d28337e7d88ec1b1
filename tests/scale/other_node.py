"""What a rank on another machine trains, on this one: its node has another name."""

from greenlatent.scale import nodes
from tests.scale.test___main__ import make

nodes.node = lambda: "node2"

__all__ = ["make"]
