"""What following each tactic does on our data: `make tactics`.

tasks    the three nets and data sets, and what a run of one comes to
cheaper  ways of training on less, for less long, or in other numbers
smaller  ways that end in another model, or in none
record   what was run, a line each, and the table that is made of it
"""
