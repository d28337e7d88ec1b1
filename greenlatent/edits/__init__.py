"""What people did to the data: the kinds of edit, the journal, and what both amount to.

kinds      the edits, frozen and checked
mends      how each kind alters labels, masks, weights and features
mending    labels, weights and features as the edits in force leave them
validate   whether an edit fits the data and the layer
found      classes that people found: their indices, and the edits that rest on them
links      what linked samples are to each other
words      an edit in one line of English
events     one line of a journal
history    events in order, and which edits they leave in force
locking    one writer a file, and no interrupt between disk and memory
logfile    lines on disk, or not at all
journal    the append-only log: it locks, stamps and checks
amounts    what a journal amounts to: data, tables, who agrees with whom
changes    rows of what edits changed, and of what raters said
rating     what stars of several people come to, and whom to trust
agreement  how often raters agree
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    kinds="Affirm Drop Edit Found Link Move Near Plane RankFeatures Rate Relabel Separate Shift Spread Weigh "
    "from_json to_json touched",
    mending="Mending mend",
    events="Event",
    logfile="TakenOver",
    journal="Journal",
)
