"""What the steps of a run cost, have cost, and are worth.

spending  what is left of a budget
price     what a point of accuracy costs, and what is done when that is too much
pricing   whether more threads are cheaper
past      how earlier runs with the same data went
"""
