"""The bridge to a page: traits, messages and stills.

widget    one anywidget class for all views
traits    selections, brushes and arrangements, checked as they are set
answers   each edit of a page applied once, and answered
channel   what every page must know, remembered and sent
protocol  bytes and checks of js/PROTOCOL.md
preview   what a sample looks like
theme     whether the page around is dark
still     the picture that stays in a saved notebook
cell      the notebook cell that is being run
keys      lists of ipywidgets keep the keys that JupyterLab would take
"""

from ..faces import face

__all__, __getattr__, __dir__ = face(__name__, widget="Widget")
