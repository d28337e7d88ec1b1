"""What each tactic finds in a run: an offer, or why it was left.

training threads, fused optimizers, losses, the schedule, batches, half precision
data     copies, easy samples, projections, items that are read again
features features that tell little, cut from inputs and first layer alike
model    the same net with fewer units
learners what is simpler than a net, in the order of its cost
"""
