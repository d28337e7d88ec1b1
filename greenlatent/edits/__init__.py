"""What people did to the data: the kinds of edit, the journal, and what both amount to.

kinds    the edits, frozen and checked
mending  what edits make of labels, weights and inputs
locking  one writer a file, and no interrupt between disk and memory
journal  the append-only log of all of them
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    kinds="Affirm Drop Edit Link Move Near Plane RankFeatures Relabel Separate Shift Weigh from_json to_json touched",
    mending="Mending mend",
    journal="Event Journal TakenOver",
)
