"""How little data is enough, and what it really costs: algorithms over rows, features and labels, in joules.

shape         how much of the data is left, and one test part whatever is left
algorithms    the six of the published study, nets, and anything with fit and predict
data_centric  every algorithm on every shape and seed, in turns, on record as it goes
findings      changes, rankings, exponents, tests, plots: what may be said
published     the 3,600 published runs, with their footnotes
card          what was measured, modelled and counted, apart
reporting     a leaderboard, its CSV, and a tracker's client
equation      red AI: what an example, the data and the trials cost, with measured exponents
nets          the three of a published comparison of searches
searches      grid, random and Bayesian search, in joules to the same accuracy
layers        joules by module, of a model's own step or of layers by themselves
"""
