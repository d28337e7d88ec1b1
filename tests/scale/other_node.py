"""What a rank on another machine trains, on this one: its node has another name."""

from tests.scale.test_main import make

from greenlatent.scale import nodes

nodes.node = lambda: "node2"

__all__ = ["make"]
