"""check: each thing that goes wrong with an installation is named, with the command that mends it."""

import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

import greenlatent as gl
from greenlatent.check import Finding, Report, _counters, _page, _requirement, _server
from greenlatent.energy import sources
from greenlatent.energy.sources import Rapl, Unavailable
from greenlatent.widgets import Widget, protocol

module = sys.modules["greenlatent.check"]


def test_this_installation_passes():
    report = gl.check()
    assert report, str(report)
    assert any("greenlatent" in finding.what for finding in report.findings)


def test_a_report_is_plain_text_and_true_only_when_nothing_fails():
    good, bad = Finding("ok", "all is well"), Finding("fail", "<b>torn</b>", "mend it")
    assert Report((good,)) and not Report((good, bad))
    assert repr(Report((good, bad))) == "ok    all is well\nfail  <b>torn</b>\n      -> mend it"
    assert not hasattr(Report((bad,)), "_repr_html_")


@pytest.mark.parametrize(
    ("installed", "state"), [("7.0.0", "fail"), ("6.28.0", "fail"), ("6.30.1", "ok"), ("7.4.0", "ok")]
)
def test_the_ipykernel_that_loses_messages_is_named(monkeypatch, installed, state):
    monkeypatch.setattr(metadata, "version", lambda name: installed)
    (finding,) = _requirement(Requirement("ipykernel>=6.29,!=7.0.0"))
    assert finding.state == state
    assert "ipykernel" in finding.what and ("pip install" in finding.mend) == (state == "fail")
    assert ("loses" in finding.what) == (installed == "7.0.0")


def test_a_missing_package_is_named_with_its_command():
    (finding,) = _requirement(Requirement("nowhere-to-be-found>=3"))
    assert finding.state == "fail"
    assert f'{sys.executable} -m pip install "nowhere-to-be-found>=3"' in finding.mend


@pytest.fixture
def kernel_of(tmp_path, monkeypatch):
    """This process as a kernel of a server that runs in a folder of its own; only what it offers is there."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "path"))
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_JUPYTER_PATH", [])
    folder = tmp_path / "server"
    monkeypatch.setattr(
        module, "_parent", lambda: [f"{folder}/bin/python", f"{folder}/bin/jupyter-lab", "--no-browser"]
    )
    return folder


def test_a_server_in_another_environment_without_anywidget_is_found_out(kernel_of):
    (finding,) = _server()
    assert finding.state == "fail" and "in another environment" in finding.what
    assert finding.mend == (
        f"{kernel_of}/bin/python -m pip install anywidget jupyterlab_widgets, then reload the page"
    )


def test_a_server_in_another_environment_with_all_extensions_is_well(kernel_of):
    for extension in ("anywidget", "@jupyter-widgets/jupyterlab-manager"):
        place = kernel_of / "share" / "jupyter" / "labextensions" / extension
        place.mkdir(parents=True)
        (place / "package.json").write_text("{}")
    (finding,) = _server()
    assert finding.state == "ok"


def test_a_python_that_no_server_started_says_so(monkeypatch):
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    (finding,) = _server()
    assert finding.state == "ok" and "no Jupyter server" in finding.what


@pytest.mark.parametrize(("said", "state"), [(None, "ok"), (True, "ok"), (False, "warn")])
def test_a_page_without_webgl_is_named(monkeypatch, said, state):
    monkeypatch.setattr(Widget, "webgl", None)
    if said is not None:
        header = {"v": protocol.VERSION, "type": "hello", "view": "a", "open": True, "webgl": said}
        Widget("scatter")._handle_custom_msg(header, [])
    (finding,) = _page()
    assert finding.state == state and "WebGL" in finding.what
    assert ("graphics acceleration" in finding.mend) == (said is False)


def test_the_processors_counters_are_named(tmp_path, monkeypatch):
    zone = tmp_path / "intel-rapl:0"
    zone.mkdir()
    for file, text in {
        "name": "package-0",
        "energy_uj": "1000",
        "max_energy_range_uj": "262143328850",
    }.items():
        (zone / file).write_text(text)
    monkeypatch.setattr(sources, "Rapl", lambda: Rapl(tmp_path))
    finding = list(_counters())[-1]
    assert finding.state == "ok" and "processor: package-0" in finding.what


def test_a_refused_counter_is_named_with_the_command_that_grants_it(monkeypatch):
    class Refused(Rapl):
        def open(self):
            raise Unavailable("sudo chmod a+r energy_uj")

    monkeypatch.setattr(sources, "Rapl", Refused)
    finding = list(_counters())[-1]
    assert finding.state == "warn" and finding.mend == "sudo chmod a+r energy_uj"


@pytest.mark.whole
def test_it_can_be_asked_from_a_terminal():
    done = subprocess.run([sys.executable, "-m", "greenlatent.check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ok")


def test_models_that_were_met_are_told_of_with_their_trial_and_whether_they_answer(tmp_path, monkeypatch):
    import socket

    from greenlatent.agent.asking.powers import Powers, keep

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    powers = Powers(False, True, False, 4096, "2026-11-30", 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        here = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        keep(here, "/models/small.gguf", powers)
        keep("https://models.example.org:443/v1", "large", powers)
        told = str(gl.check())
        assert (
            f"the model small at {here} answered 1 of 8 trial questions on 2026-11-30, and its server answers"
            in told
        )
        assert "the model large at https://models.example.org:443/v1" in told and "was not asked" in told
    assert "it does not answer now" in str(gl.check())
