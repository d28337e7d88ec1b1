"""Work in several places.

parting    a model as two, to be run in two places; what each cut sends
federated  places that train on their own rows and send weights, simulated
"""
