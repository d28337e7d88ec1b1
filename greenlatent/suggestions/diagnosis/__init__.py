"""Data or model: what is wrong with a sample, as far as that can be told, and by which numbers.

diagnosis  verdicts on samples and groups, and the numbers behind them
second     what neighbours and a linear model make of the inputs
inputs     which samples lie beside which, and which look broken
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(__name__, diagnosis="Diagnosis Doctor")
