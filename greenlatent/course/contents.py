"""Contents: notebooks as a Jupyter server gives them to its pages, without saved widgets that nobody here trusts."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class Careful(AsyncLargeFileManager):
    """JupyterLab's own way of reading files, but for the widgets that a stranger saved in a notebook.

    A page builds them when it opens the notebook, trusted or not, before any cell runs; and where anywidget is
    installed, a saved widget may be any JavaScript. The file itself stays as it is until somebody saves it.

    $ jupyter lab --ServerApp.contents_manager_class=greenlatent.course.contents.Careful
    """

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Called for every notebook that is read; its signature tells whether it was made, or run, here."""
        if "widgets" in nb.metadata and not self.notary.check_signature(nb):
            self.log.warning("The saved widgets of %s were left out: it is not trusted", path)
            del nb.metadata["widgets"]
        super().mark_trusted_cells(nb, path)
