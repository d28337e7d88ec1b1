"""Who trains the candidates of a search.

slice  one candidate, from where it paused to where it is looked at next
pool   where slices run: here, in processes of ours, in anybody's Executor
"""
