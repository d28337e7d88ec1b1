"""A real JupyterLab or Notebook 7, a real Chromium, and one notebook in it.

Nothing is read from the page's text when the kernel can be asked instead, and nothing waits for a time to
pass: `wait_until` looks until the thing itself is there.
"""

import ast
import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import nbformat
import psutil
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Locator, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser import chromium

CHECKOUT = Path(__file__).parents[2]
OUTPUT = CHECKOUT / "tests" / "output"
PATIENCE = 60.0  # seconds: a test that waits longer has failed

# The page's side of a notebook, the same in JupyterLab and in Notebook 7.
PANEL = """
const app = window.jupyterapp;
const panel = app.shell.currentWidget;
const notebook = panel.content;
const session = panel.sessionContext;
"""

# Other code in the cells that are there: each keeps its id, by which a kernel knows that it runs again.
TYPE = """
const { sharedModel } = notebook.model;
const { length } = sharedModel.cells;
sharedModel.transact(() => {
    argument.forEach((source, index) => {
        if (index < length) sharedModel.getCell(index).setSource(source);
        else sharedModel.insertCell(index, { cell_type: "code", source });
    });
    if (length > argument.length) sharedModel.deleteCellRange(argument.length, length);
});
for (const { model } of notebook.widgets) model.clearExecution();
return true
"""

# What JupyterLab 4.6 and Notebook 7.6 say by themselves, without any widget.
HARMLESS = (
    "Could not restore the debugger state",  # the kernel was shut down while the debugger asked for it
    "reading 'schema'",  # Notebook 7 looks up the settings of a plugin that it does not have
    # JupyterLab takes a theme's stylesheet away twice where somebody changes it again at once; our code is at blob:
    "The node to be removed is not a child of this node.\n    at http://",
)
# What ipywidgets says of any saved widget whose kernel has ended, if it draws the cell late.
HARMLESS_WHEN_REOPENED = ("widget model not found",)

T = TypeVar("T")


def wait_until(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """The first true answer of `look`, asked again and again."""
    end = time.monotonic() + patience
    while not (answer := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience:.0f} s for {what}; the last answer was {answer!r}")
        time.sleep(0.02)
    return answer


class Server:
    """JupyterLab or Notebook 7 on a free loopback port, with a token and folders of its own."""

    def __init__(
        self, app: str = "lab", environment: dict[str, str] | None = None, options: tuple[str, ...] = ()
    ):
        self.app = app
        self.token = secrets.token_hex(24)
        self._folder = Path(tempfile.mkdtemp(prefix="greenlatent-"))
        self.root = self._folder / "notebooks"
        private = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "IPYTHONDIR": "ipython",
        }
        for name in ("notebooks", *private.values()):
            (self._folder / name).mkdir()
        news = self._folder / "settings" / "@jupyterlab" / "apputils-extension"
        news.mkdir(parents=True)
        (news / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )

        variables = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        variables |= {variable: str(self._folder / name) for variable, name in private.items()}
        variables |= {"PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        variables |= {
            "JUPYTER_TOKEN": self.token
        }  # not as an argument, which every user of the machine may read
        variables |= environment or {}
        module, expose = {
            "lab": ("jupyterlab", "--LabApp.expose_app_in_browser=True"),
            "notebook": ("notebook", "--JupyterNotebookApp.expose_app_in_browser=True"),
        }[app]
        command = [sys.executable, "-m", module, "--no-browser", "--ip=127.0.0.1", "--port=0", expose]
        command += [f"--ServerApp.root_dir={self.root}", "--ServerApp.port_retries=0"]
        command += ["--LabApp.extension_manager=readonly"]  # the other one asks the network for a list
        command += options
        if os.geteuid() == 0:
            # Containers run tests as root. This machine alone reaches this server, and needs its token.
            command.append("--allow-root")
        self._log = (self._folder / "server.log").open("wb")
        self._process = subprocess.Popen(
            command,
            env=variables,
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self.url = wait_until(self._address, f"{module} to answer")
        except BaseException:
            print(self.log())
            self.stop()
            raise

    def _address(self) -> str | None:
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.app} ended with {self._process.returncode}:\n{self.log()}")
        file = self._folder / "runtime" / f"jpserver-{self._process.pid}.json"
        try:
            port = json.loads(file.read_text())["port"]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=5) as answer:
                answer.read()
        except (OSError, ValueError):
            return None
        return f"http://127.0.0.1:{port}"

    def log(self) -> str:
        return (self._folder / "server.log").read_text(errors="replace").replace(self.token, "<token>")

    def _kernels(self) -> bool:
        """Whether a process that the server started still runs."""
        return self._process.poll() is None and bool(psutil.Process(self._process.pid).children())

    def stop(self) -> None:
        """End the server once it has ended its kernels; what is left of them ends itself where it is gone.

        By itself it may hang at its very end, for as long as one waits, where a page had been open.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                wait_until(lambda: not self._kernels(), "the server to end its kernels", patience=5)
            except TimeoutError:
                pass
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _place(message: ConsoleMessage) -> str:
    return f"{message.text} ({message.location.get('url', '')})"


def launch(chrome: BrowserType, *flags: str) -> Browser:
    """A headless browser that stays off the network; `flags` are added."""
    path = chromium.find()
    if path is None:
        raise RuntimeError(chromium.ADVICE)
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")  # Chromium's sandbox does not work for root
    return chrome.launch(executable_path=path, headless=False, args=["--headless=new", *quiet, *flags])


@contextmanager
def open_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


class Notebook:
    """One notebook in one tab, in whichever front end the server is."""

    def __init__(self, server: Server, browser: Browser):
        self.server = server
        self.app = server.app
        context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="no-preference")
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.errors: list[str] = []
        self.path = ""
        self._reopened = False  # with widgets on the page that no kernel knows
        self.page.on("console", lambda message: message.type == "error" and self._heard(_place(message)))
        self.page.on("pageerror", lambda error: self._heard(f"uncaught: {error.stack}"))
        # The token goes into a cookie once and appears in no later address.
        self.page.goto(f"{server.url}/login?next=/api/status")
        self.page.fill("input[type=password]", server.token)
        self.page.press("input[type=password]", "Enter")
        self.page.wait_for_url("**/api/status")

    def _heard(self, error: str) -> None:
        expected = HARMLESS + (HARMLESS_WHEN_REOPENED if self._reopened else ())
        if not any(harmless in error for harmless in expected):
            self.errors.append(error)

    # --- opening and closing ---

    def open(self, source: Path | list[str], name: str = "test.ipynb") -> "Notebook":
        """Open a copy of a notebook file, or a new notebook of code cells, and wait for its kernel."""
        if isinstance(source, Path):
            content = nbformat.read(source, as_version=4)
        else:
            content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in source])
            content.metadata.kernelspec = {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
        self.close()
        self.path = name
        self._reopened = False
        nbformat.write(content, self.server.root / name)
        self._go()
        return self

    def _go(self, settle: bool = True) -> None:
        folder = {"lab": "doc/tree", "notebook": "notebooks"}[self.app]
        self.page.goto(f"{self.server.url}/{folder}/{self.path}")
        if settle:
            self._settle()

    def _settle(self) -> None:
        """Wait until the notebook is on the page, its kernel answers, and its widgets can be shown."""
        ready = "window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length > 0"
        self.page.wait_for_function(ready)
        self._do(
            "await panel.context.ready; await session.ready; await session.session.kernel.info; return true"
        )
        wait_until(lambda: self._do("return session.kernelDisplayStatus") == "idle", "an idle kernel")

    def close(self) -> None:
        """Leave the notebook and end its kernel."""
        if self.path:
            self._do("await session.shutdown(); return true")
            self.page.goto("about:blank")
            self.path = ""  # the file stays: JupyterLab keeps a list of recent ones and asks after them

    def reload(self) -> None:
        """Load the page again, as a person does; the kernel goes on."""
        self.save()
        self.page.reload()
        self._settle()

    def reopen(self) -> None:
        """Save, end the kernel, and open the notebook again: what a person sees the next day."""
        self.save()
        self._do("await session.shutdown(); return true")
        self.page.goto("about:blank")
        self._reopened = True
        self._go()

    def reopen_without_kernel(self) -> None:
        """Open the saved notebook where its kernel is not installed, and choose "No Kernel" when asked."""
        content = self.saved()
        self.close()
        self._reopened = True
        # An unknown language, too: for a known one the front ends take whichever kernel speaks it.
        content.metadata = {"kernelspec": {"name": "other", "display_name": "Other", "language": "other"}}
        self.path = "other.ipynb"
        nbformat.write(content, self.server.root / self.path)
        self._go(settle=False)
        self.page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()
        wait_until(lambda: self._do("return session.kernelDisplayName") == "No Kernel", "no kernel")

    def restart_kernel(self) -> None:
        self._do("await session.session.kernel.restart(); return true")
        wait_until(lambda: self._do("return session.kernelDisplayStatus") == "idle", "an idle kernel")

    def save(self) -> None:
        self._do("await panel.context.save(); return true")

    def saved(self) -> nbformat.NotebookNode:
        """The notebook as it is on disk."""
        self.save()
        return nbformat.read(self.server.root / self.path, as_version=4)

    # --- cells and kernel ---

    def _do(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(f"async (argument) => {{ {PANEL} {script} }}", argument)

    def start(self, cell: int) -> None:
        """Run a cell and return once the kernel has taken it. The front ends may drop the first request."""
        before = self._cell(cell)
        for _ in range(3):
            self._do(
                "notebook.activeCellIndex = argument; notebook.deselectAll(); notebook.mode = 'command';"
                "void app.commands.execute('notebook:run-cell'); return true",
                cell,
            )
            try:
                wait_until(lambda: self._cell(cell) != before, f"cell {cell} to start", patience=5)
                return
            except TimeoutError:
                continue
        raise TimeoutError(f"cell {cell} did not start: {before}")

    def _cell(self, cell: int) -> list[Any]:
        return self._do(
            "const cell = notebook.widgets[argument];"
            "return [cell.model.executionCount, cell.inputArea.promptNode.textContent.trim()]",
            cell,
        )

    def run(self, cell: int, patience: float = PATIENCE) -> None:
        """Run a cell to its end; an error in it is raised here."""
        self.start(cell)
        wait_until(lambda: "*" not in self._cell(cell)[1], f"cell {cell} to end", patience)
        for output in self.outputs(cell):
            if output["output_type"] == "error":
                raise AssertionError("\n".join([f"cell {cell}:", *output["traceback"]]))

    def run_all(self, patience: float = PATIENCE) -> None:
        for index, kind in enumerate(self._do("return notebook.widgets.map(cell => cell.model.type)")):
            if kind == "code":
                self.run(index, patience)

    def show(self, *cells: str) -> None:
        """Run these cells in the page and the kernel that are open, as if typed over what is there.

        A new page and its kernel take ten times as long; a test about either calls `open`.
        """
        if not self.path or self._reopened:  # a page that was opened again may have no kernel
            self.open(list(cells))
        elif self.cells() != [("code", text) for text in cells]:
            self._do(TYPE, list(cells))
        self.run_all()

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        return self._do("return notebook.widgets[argument].model.outputs.toJSON()", cell)

    def cells(self) -> list[tuple[str, str]]:
        """Kind and source of each cell, as the page holds them."""
        script = "return notebook.widgets.map(cell => [cell.model.type, cell.model.sharedModel.getSource()])"
        return [tuple(cell) for cell in self._do(script)]

    def counts(self) -> list[int | None]:
        """The execution count of each cell."""
        return self._do("return notebook.widgets.map(cell => cell.model.executionCount ?? null)")

    def clear(self, cell: int) -> None:
        """Remove a cell's outputs, as the menu does."""
        self._do(
            "notebook.widgets[argument].model.sharedModel.clear_execution_count?.();"
            "notebook.widgets[argument].model.outputs.clear(); return true",
            cell,
        )

    def kernel(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, by way of JSON."""
        answer = self._do(
            "const reply = await session.session.kernel.requestExecute({code: '', silent: true,"
            "store_history: false, user_expressions: {value: argument}}).done;"
            "return reply.content.user_expressions.value",
            f"__import__('json').dumps({expression})",
        )
        if answer["status"] != "ok":
            raise AssertionError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def execute(self, code: str) -> None:
        """Run code in the kernel without a cell; an error is raised here."""
        answer = self._do(
            "const reply = await session.session.kernel.requestExecute("
            "{code: argument, store_history: false}).done; return reply.content",
            code,
        )
        if answer["status"] != "ok":
            raise AssertionError("\n".join(answer["traceback"]))

    def wait_kernel(self, expression: str, patience: float = PATIENCE) -> Any:
        """Ask the kernel until the expression is true."""
        return wait_until(lambda: self.kernel(expression), f"{expression} in the kernel", patience)

    # --- what a person sees and does ---

    def theme(self, name: str) -> None:
        """Switch to the light or the dark theme."""
        full = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name]
        self._do("await app.commands.execute('apputils:change-theme', {theme: argument}); return true", full)
        wanted = {"light": "true", "dark": "false"}[name]
        self.page.wait_for_selector(f'body[data-jp-theme-light="{wanted}"]', state="attached")

    def photograph(self, what: Locator, name: str) -> bytes:
        """A picture of a part of the page, kept in tests/output for people to look at."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        return what.screenshot(path=OUTPUT / f"{name}.png", animations="disabled")

    def count_pixels(self, picture: bytes, condition: str) -> int:
        """How many pixels of a PNG meet a JavaScript condition on `r`, `g` and `b` (0 to 255)."""
        return self.page.evaluate(
            f"""async (base64) => {{
                const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
                const image = await createImageBitmap(new Blob([bytes], {{ type: "image/png" }}));
                const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
                pen.drawImage(image, 0, 0);
                const data = pen.getImageData(0, 0, image.width, image.height).data;
                let count = 0;
                for (let i = 0; i < data.length; i += 4) {{
                    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
                    if ({condition}) count += 1;
                }}
                return count;
            }}""",
            base64.b64encode(picture).decode(),
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float], moves: int = 10) -> None:
        """Press at one place of the page, move, and let go at another."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=moves)
        mouse.up()

    def leave(self) -> None:
        """End kernel and tab."""
        try:
            self.close()
        except PlaywrightError:
            pass  # the server is gone, and the kernel with it
        self.page.context.close()
