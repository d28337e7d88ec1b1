"""What a count takes: on this machine, on another, and as runs have taught.

speeds      seconds of an operation, a FLOP, an element and a parameter
benchmark   how those of this machine are found
experience  what runs taught: log(actual / estimated)
watts       joules a processor second, as counters read them
devices     a machine that is not here, from its data sheet
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(__name__, speeds="Speeds", experience="Experience Past")
