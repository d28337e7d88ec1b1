"""The page's side of the widget: the committed bundle is built from js/, and its model mirrors the traits."""

import re
import shutil
import subprocess
from pathlib import Path

import anywidget

CHECKOUT = Path(__file__).parents[2]
JS = CHECKOUT / "js"
STATIC = CHECKOUT / "greenlatent" / "static"


def test_the_committed_bundle_is_what_the_sources_build(tmp_path):
    shutil.copytree(JS, tmp_path / "js", ignore=shutil.ignore_patterns("node_modules", "build"))
    (tmp_path / "js" / "node_modules").symlink_to(JS / "node_modules")
    command = ["npm", "run", "build", "--silent"]
    done = subprocess.run(command, cwd=tmp_path / "js", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = tmp_path / "greenlatent" / "static"
    names = sorted(path.name for path in built.iterdir())
    assert names == sorted(path.name for path in STATIC.iterdir())
    stale = [name for name in names if (built / name).read_bytes() != (STATIC / name).read_bytes()]
    assert stale == [], "make bundle, and commit greenlatent/static with js/"


def test_the_bundle_stays_small():
    assert (STATIC / "widget.js").stat().st_size + (STATIC / "widget.css").stat().st_size <= 180_000


def test_what_travels_has_no_name_that_the_bundle_shortens():
    """The build shortens names of two words in camelCase: see js/build.mjs."""
    from greenlatent.widgets import Widget, protocol

    names = set(re.findall(r"\w+", (JS / "PROTOCOL.md").read_text())) | set(
        Widget.class_trait_names(sync=True)
    )
    names |= set(re.findall(r'"(\w+)":', (CHECKOUT / "tests" / "fixtures" / "protocol.json").read_text()))
    names |= {field for fields in protocol.PAGE.values() for field in fields}
    found = {name for name in names if re.match(r"[a-z]+[A-Z]", name)}
    assert found <= {"sessionStorage"}


def test_the_typescript_model_names_exactly_the_synced_traits():
    from greenlatent.widgets import Widget

    text = (JS / "src" / "wire" / "traits.ts").read_text()
    body = re.search(r"(?:type|interface) Model\b[^{]*\{(.*?)\n\}", text, re.DOTALL).group(1)
    in_typescript = set(re.findall(r"^\s*(?:readonly )?(\w+)\??:", body, re.MULTILINE))
    own = {name for name in Widget.class_trait_names(sync=True) if not hasattr(anywidget.AnyWidget, name)}
    assert in_typescript == own
