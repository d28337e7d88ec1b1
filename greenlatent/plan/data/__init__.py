"""The data of a plan: read from what there is, counted, and made fewer with undo; the file itself is never changed.

read     rows from Samples, arrays, a data frame, CSV, JSON or NPZ
profile  what rows hold: gaps, copies, outliers, constant columns, classes, groups, labels in doubt
actions  what can be done to rows and columns, one after another
part     data of a plan: fields, rows, actions, and what can be found offline
"""
