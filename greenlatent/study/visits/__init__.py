"""A trained net meets something new, and a person names some of it: what is that worth, and by which way?

nets         the nets of a visit: made, trained, asked
starts       what a trained net knew, and what it meets: new classes, a new wearer
naming       crowds as a person meets them, or single samples in the same seconds
coral        a rival: labels, and covariances of old and new made alike
meet         crowds are named; solved, trained on, and otherwise
rare         classes of a few samples: solved, and drawn evenly
instruments  single samples of a second instrument, dragged to the names of the first
visit        all of it behind one name
"""
