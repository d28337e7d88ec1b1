"""Experiments that end in a claim; they use public names only.

>>> arms = study.without_person() + study.with_person()
>>> print(study.compare(arms, data, range(10), "GCE", model=net, latent="0", passes=40_000, every=256))

record  an experiment as lines, resumed where it was cut off
costs   joules per unit of each kind of work, measured in turns
person  arms, simulated people, and what a comparison of them may claim
visits  a trained net meets something new, and a person names some of it
green   how little data is enough, and what it really costs
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(
    __name__,
    **{
        "green.layers": "layers LayerTable",
        "green.searches": "searches Searches",
        "person.arms": "Arm with_agent with_person without_person",
        "person.beside": "Beside",
        "person.compare": "compare",
        "person.forms": "rated sus tlx",
        "person.person": "Person",
        "person.results": "Prices Results",
        "person.done": "Run Schedule",
        "person.run": "run",
        "person.trial": "Data Trial make",
        "visits.visit": "Visit",
        "green.algorithms": "Algorithm Net six",
        "green.data_centric": "data_centric",
        "green.equation": "red_ai",
        "green.findings": "Findings",
        "green.published": "published",
        "green.card": "EnergyCard card",
        "green.reporting": "Leaderboard",
        "green.shape": "Shape split",
        ".statistics.paired": "Difference Saving bca sign_flip",
    },
)
