"""The three parts of a plan: data, problem, environment, and what follows from what they say.

field      a value, who said it, and between what it may lie
part       one part: set, unknown, attributes, suggestions, alternatives
situation  all that stands at one moment, and its estimate
alternatives  what else there is in each part
tried      what a rehearsal found, and for which data it holds
leaves     a problem that is split, each leaf with data, metric and estimate
changes    changes that could be made: in words, applied as one step
"""
