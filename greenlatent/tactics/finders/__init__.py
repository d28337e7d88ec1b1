"""What is looked for in a run: each function says what it found to do, or why there is nothing.

data       copies, easy samples, projections, items that are read again
training   threads, fused optimizers, losses, the schedule, batches, half precision
stopping   a run that pauses when its looks bring no more
features   features that tell little, cut from inputs and first layer alike
model      the same net with fewer units
deployment a model that answers in smaller numbers
learners   what is simpler than a net, in the order of its cost
"""
