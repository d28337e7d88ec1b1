"""The file of a project: what was said, by whom and when, so that two people and two kernels can write one plan.

book    events appended under a lock; versions, undo, redo, merging
events  one event, its line, and what all of them say together
export  written for somebody else: whole as a zip, or without names; and read again
"""
