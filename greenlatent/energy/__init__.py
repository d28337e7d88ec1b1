"""Joules of training by kind of work, with an interval and a note of how each is known.

meter        what was counted, as joules by kind of work
reading      everything that a meter knows of a span, as one value
joules       a number that says how sure it is
budget       joules or seconds, kept to within a step
forecast     what the planned steps will cost
report       a run on paper
record       a run on disk
rising       joules a unit over many sessions, and whether they rise
utilisation  how much of the processors, and of a card, a kind of work kept busy
emissions    what electricity emits, by country and by the hour
calibration  the wall's joules for those of the counters
names        what a kind of work is called
marks        what a thread says it does
machine      who this machine is, what of it is ours
arguments    what a caller gives, checked
intervals    the quantile behind every interval
counting     where a joule is attributed to a kind of work
sources      where joules are read from
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    **{"emissions.carbon": "Grams Grid grid", "emissions.hours": "Job best_hours queue regions"},
    budget="Budget",
    calibration="Calibration",
    joules="Joules Ratio",
    meter="Meter PerStep",
    names="called",
    reading="Reading",
    record="Record read",
    sources="Channel Csv Device Model Nvml Rapl Shelly Tasmota Watts",
    rising="Trend trend",
    utilisation="Utilisation",
)
