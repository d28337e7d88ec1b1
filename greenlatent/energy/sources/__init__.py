"""Where joules are read from, one file a source.

channel    one counter
sampled    watts and tables, made into a counter
answer     one HTTP answer within a time, however it comes
plugs      wall plugs over plain HTTP
nvml       counters of NVIDIA cards
limit      the watts that such a card may draw
rapl       counters of processors
model      processor seconds times watts
automatic  what a meter tries by itself
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    automatic="found",
    channel="Channel Unavailable",
    limit="PowerLimit",
    model="Device Model",
    nvml="Nvml",
    plugs="Shelly Tasmota",
    rapl="Rapl",
    sampled="Csv Watts",
)
