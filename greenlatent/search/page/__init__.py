"""The page of a search: what a notebook shows of it, and what a person does there.

shown     what there is to show, as plain values and words
pictures  the candidates as lines over axes, and as points of accuracy over joules
listing   the list of candidates, each with its buttons
style     its sheet
board     all of it in one widget, kept up to date while the search runs
"""
