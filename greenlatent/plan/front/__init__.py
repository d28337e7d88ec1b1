"""Candidates by what they take and how right they are; what a point costs. Nothing is chosen here.

front     candidates with intervals, those that others beat beyond both intervals, the strip of the unknown
axes      the same over several axes at once
price     joules a point between two candidates, and what less accuracy would buy
decision  what a person chose, and why
"""
