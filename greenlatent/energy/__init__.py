"""Joules of training, by kind of work, with an interval and a note of how each is known."""

from .budget import Budget
from .calibration import Calibration
from .joules import Joules, Ratio
from .meter import Meter, PerStep
from .record import Record, read
from .sources import Channel, Csv, Device, Model, Nvml, Rapl, Shelly, Tasmota, Watts

__all__ = [
    "Budget",
    "Calibration",
    "Channel",
    "Csv",
    "Device",
    "Joules",
    "Meter",
    "Model",
    "Nvml",
    "PerStep",
    "Rapl",
    "Ratio",
    "Record",
    "Shelly",
    "Tasmota",
    "Watts",
    "read",
]
