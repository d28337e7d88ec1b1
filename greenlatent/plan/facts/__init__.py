"""Facts: tables that ship with the package, and how a number and its source are said.

tables     devices, regions, cooling, hardware and storage
knowledge  tasks, families of models, metrics and fields, from one file
amount     a number with its interval and unit
reasons    a term as a formula with the numbers that went in
"""

from ...faces import face

__all__, __getattr__, __dir__ = face(
    __name__, amount="Amount", reasons="Reason", tables="RegionRatio Fact Region"
)
