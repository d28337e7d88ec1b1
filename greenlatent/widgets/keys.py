"""Keys: form fields of ipywidgets keep the keys that JupyterLab would take for its own commands."""

import anywidget

# Over a list, an arrow key moves to another cell and the letter B makes one. The commands look for this attribute; it
# stands on lists and choices alone, so that all else, as Ctrl+S, goes on in text fields and on buttons.
KEPT = """
function render({ el }) {
  const begin = () => {
    const page = el.isConnected && el.closest(".jp-OutputArea-output, .cell-output, body");
    if (!page) return requestAnimationFrame(begin);
    page.addEventListener("focusin", ({ target }) => {
      if (target.matches("select, input[type=radio], input[type=range]"))
        target.setAttribute("data-lm-suppress-shortcuts", "true");
    });
  };
  begin();
}
export default { render };
"""


class KeepsKeys(anywidget.AnyWidget):
    """Stands, unseen, in an output of ipywidgets; its lists then answer to the keyboard.

    >>> ipywidgets.VBox([ipywidgets.Select(options=["a", "b"]), KeepsKeys()])
    """

    _esm = KEPT

    def __init__(self) -> None:
        super().__init__()
        self.layout.display = "none"
