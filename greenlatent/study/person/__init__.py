"""Is the same accuracy really cheaper with a person in the loop?

trial      data drawn for one seed
person     what somebody in front of the widget does
automatic  what can be done without them
arms       one way to train, with or without a person
run        an arm on one seed's data
works      each kind of work, to repeat while it is measured
compare    every arm on every seed, on record as it goes
forms      what people say of working with a Lab, as scores
visits     a trained net meets what it was not trained for
results    what may be claimed of them
"""
