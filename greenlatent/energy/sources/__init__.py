"""Where joules are read from, one file a source."""

from .model import Device, Model

__all__ = ["Device", "Model"]
