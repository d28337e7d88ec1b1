"""What is looked for in a run: each function says what it found to do, or why there is nothing.

data       copies, easy samples, projections, items that are read again
training   threads, fused optimizers, losses, the schedule, batches, half precision
stopping   a run that pauses when its looks bring no more
features   features that tell little, cut from inputs and first layer alike
model      the same net with fewer units
inputs     fewer bits for each input
trained    zeros, a warm start, a student of what was learned
places     rows that stay where they are, a model in two places
machine    checkpoints, memory, a card's watts
system     batches by trial, other machines, other hours, when to train again
deployment a model that answers in smaller numbers
ridge      lines between classes, solved at once
learners   what is simpler than a net, in the order of its cost
"""
