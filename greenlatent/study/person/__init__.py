"""Is the same accuracy really cheaper with a person in the loop?

trial      data drawn for one seed
person     what somebody in front of the widget does
automatic  what can be done without them
beside     an agent that an arm has, and who answers its cards
arms       one way to train, with or without a person
done       what all arms share, and what came of one of them
advised    an arm with an agent on one seed's data
run        an arm on one seed's data
works      each kind of work, to repeat while it is measured
compare    every arm on every seed, on record as it goes
forms      what people say of working with a Lab, as scores
decisions  what answers to an agent's cards brought and broke
results    what may be claimed of them
"""
