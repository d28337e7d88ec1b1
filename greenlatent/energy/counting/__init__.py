"""From marks and counters to joules by kind of work.

recorder     threads say what they do; a thread of ours keeps the book
book         everything that was counted
timeline     from marks to seconds
history      the time line of a while ago
accounts     one account a counter
regression   joules beside the seconds of each kind, as sums
attribution  from counters to kinds of work
sums         all that was counted up to a moment
ledger       joules per kind of work in a span
"""
