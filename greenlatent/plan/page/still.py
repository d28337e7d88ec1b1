"""Still: the page as plain HTML, with its version, for a notebook whose kernel is gone."""

from __future__ import annotations

from html import escape
from typing import Any

from ..parts.situation import Situation
from . import said

CSS = """
.greenlatent-plan{--gl-line:var(--jp-border-color2,#9a9a9a);--gl-ink:var(--jp-ui-font-color1,#222);
--gl-quiet:var(--jp-ui-font-color1,#444);color:var(--gl-ink);font-size:13px;max-width:100%}
.greenlatent-plan p{margin:4px 0;line-height:1.4}
.greenlatent-plan .gl-level b{font-size:22px}
.greenlatent-plan .gl-quiet{color:var(--gl-quiet);opacity:.92;font-size:12.5px}
.greenlatent-plan .gl-bar{display:flex;height:22px;border-radius:3px;overflow:hidden;margin:4px 0}
.greenlatent-plan .gl-bar span{overflow:hidden;white-space:nowrap;padding:0 6px;font-size:12px;line-height:22px;
min-width:0;box-sizing:border-box}
.greenlatent-plan .gl-bar span:empty{padding:0}
.greenlatent-plan .gl-why{margin:2px 0 6px}
.greenlatent-plan .gl-why summary{cursor:pointer;text-decoration:underline;width:max-content;max-width:100%}
.greenlatent-plan .gl-why ul{margin:4px 0;padding-left:18px;overflow-wrap:anywhere}
.greenlatent-plan .gl-conflict{border-left:4px solid #b5520b;padding-left:8px}
.greenlatent-plan .gl-table{border-collapse:collapse;font-size:12.5px}
.greenlatent-plan .gl-table caption{text-align:left;font-weight:600;padding:4px 0}
.greenlatent-plan .gl-table th,.greenlatent-plan .gl-table td{text-align:left;padding:2px 12px 2px 0;
border-bottom:1px solid var(--gl-line);font-weight:normal;vertical-align:top;overflow-wrap:anywhere}
.greenlatent-plan h3,.greenlatent-plan h4{margin:6px 0 4px;font-size:14px}
.greenlatent-plan .gl-wrong{border-left:4px solid #b5520b;padding-left:6px}
"""


def still(plan: Any) -> str:
    """All that the page shows, as it stands."""
    s: Situation = plan.situation
    parts = "".join(_part(plan, part) for part in said.TITLES)
    found = plan.conflicts()
    told = "".join(map(said.conflict, found)) or "<p>Nothing contradicts.</p>"
    front = plan.front()
    rows = "".join(f"<tr><td>{escape(said.candidate(each))}</td></tr>" for each in front.candidates)
    decided = plan.decision
    chosen = f"Decided: {escape(str(decided))}" if decided else "Nothing is decided."
    number = len(plan.versions)
    return (
        f"<style>{CSS}</style><div class='greenlatent-plan'>"
        f"<details><summary>Plan {escape(plan.name)}, version {number}, as plain text</summary>"
        f"{said.level(s)}{said.bar(s)}{said.stages(s)}{said.pipeline(s)}{parts}{told}"
        f"<table class='gl-table'><caption>Candidates</caption><tbody>{rows}</tbody></table><p>{chosen}</p>"
        f"{said.notes(plan.notes, plan.versions)}"
        "</details></div>"
    )


def _part(plan: Any, part: str) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(field.about.plain)}</th><td>{escape(field.words)}</td>"
        f"<td>{escape(field.source)}</td></tr>"
        for field in getattr(plan, part).fields.values()
        if field.known
    )
    title = said.TITLES[part]
    none = "<tr><td>nothing known</td></tr>"
    return f"<table class='gl-table'><caption>{title}</caption><tbody>{rows or none}</tbody></table>"
