"""What came of a search so far.

candidate  one choice, how far it was trained, and what was seen of it
aims       what is wanted, limits, and the front
rungs      when a candidate is looked at, and who goes on
stopping   when a point has become too dear
shape      whether a line of a record is one that a search writes
course     what the events of a record amount to
ahead      who trains next, how far, and what that will cost
record     the file of a search
"""
