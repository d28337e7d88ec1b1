"""Which samples come next.

sampler  a seeded permutation an epoch, from which edits take out and repeat
skim     the easy samples that an epoch leaves out
"""
