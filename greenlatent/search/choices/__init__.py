"""What a search may choose from, and which choice it tries next.

space    ranges and lists, and what somebody narrowed them to
propose  by chance, from a grid, by one of Optuna's samplers
"""
