"""What others did: case studies that ship with the package, and one's own runs.

cases       the corpus, and those nearest to a plan, with what differs
suggestion  what similar cases had in a field that nobody knows
options     what can be done instead, with what it was seen with, losses included
"""
