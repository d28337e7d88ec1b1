"""The plan in a cell, and the same as plain HTML; the one place here that knows Jupyter.

said     what the page says, in words, escaped
still    the page as plain HTML, for a saved notebook
figure   candidates as a bqplot figure
fix_row  one contradiction, with its buttons
form     the fields of the three parts as labelled inputs
notes    what people write of a plan, a candidate or a case
view     the page: level, parts, contradictions, candidates, decision
"""
