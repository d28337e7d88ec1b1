"""Which parts of a network take how many joules.

layers  joules by module, of a model's own step or of layers by themselves
"""
