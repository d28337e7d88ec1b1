"""The browser that tests drive: the system's Chromium, else Playwright's. With `--install` it gets one.

Of Chromium the headless shell comes first: the same engine without the window around the page, which nobody sees here
and which takes nearly half of the processor's time where a page is drawn without a graphics card.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = (
    "The browser tests need Chromium, and none could be installed here. Install it (Debian: apt-get install\n"
    "chromium; Fedora: dnf install chromium; macOS: brew install --cask chromium), or run\n"
    ".venv/bin/playwright install chromium, or say where one is: CHROMIUM=/path/to/chromium make test"
)


def find() -> str | None:
    """The path of a Chromium, or None."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        # Ubuntu's chromium without its snap is a script that says so and fails: ask each before believing it.
        if (path := shutil.which(name)) and _answers(path):
            return path
    for path in PLACES:
        if Path(path).exists():
            return path
    return _playwrights_own()


def _answers(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install() -> None:
    """The headless shell by apt, else Chromium, else Playwright's own."""
    if shutil.which("apt-get"):
        print("Installing Chromium with apt-get", flush=True)
        install = ("install", "-y", "--no-install-recommends")
        if _by_apt("update") and any(_by_apt(*install, name) for name in (SHELL, "chromium")) and find():
            return
    print("Asking Playwright for its Chromium", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=subprocess.DEVNULL)


def _by_apt(*command: str) -> bool:
    """Whether apt did it. It tells of every unpacked package on stdout, and of what went wrong on stderr."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run([*sudo, "apt-get", "-qq", *command], env=environment, stdout=subprocess.DEVNULL)
    except FileNotFoundError:  # no sudo
        return False
    return done.returncode == 0


def main() -> int:
    if "--install" in sys.argv and not find():
        _install()
    path = find()
    print(f"Chromium: {path}" if path else ADVICE, file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
