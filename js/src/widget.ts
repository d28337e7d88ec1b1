/** The entry: an anywidget that renders the view its model names. */

import { joules } from "./dashboard/amounts.ts";
import { createControls, EMPTY } from "./dashboard/controls.ts";
import { createDashboard } from "./dashboard/dashboard.ts";
import { createMeter } from "./dashboard/energy/meter.ts";
import { createNotices } from "./dashboard/notices.ts";
import { createPlots } from "./dashboard/plots.ts";
import { element } from "./page/elements.ts";
import { guardKeys, isText } from "./page/keys.ts";
import { atEnd, on } from "./page/life.ts";
import { createParallel } from "./parallel/parallel.ts";
import { joinCore } from "./plot/core.ts";
import { hideStill, keepStill } from "./plot/still.ts";
import { createScatter } from "./scatter/scatter.ts";
import { randomName } from "./wire/memory.ts";
import type { Status } from "./wire/protocol.ts";
import { type Host, onChange } from "./wire/traits.ts";
import { openWire } from "./wire/wire.ts";

/** All state belongs to views; the kernel repeats what a new one must know, so there is nothing to initialize. */
function render({ model: host, el }: { model: Host; el: HTMLElement }): () => void {
  const end = new AbortController();
  const { signal } = end;
  const root = element("div", "", { class: "greenlatent" });
  el.append(root);

  const core = joinCore(signal);
  const name = randomName();
  const wire = openWire(host, core, name, signal);
  guardKeys(root, signal);

  const title = element("div", "title clamp");
  const showTitle = (): void => {
    title.textContent = host.get("title");
    title.hidden = !host.get("title");
  };
  onChange(host, ["title"], showTitle, signal);
  showTitle();

  let status: Status | null = null;
  const view = host.get("view");
  const place = { host, core, wire, root };
  const sight = watchVisibility(root, seen => wire.show(seen, plots?.axes()), signal);
  const plots = view === "lab" ? createPlots(place, sight.tell, signal) : null;
  const create = { parallel: createParallel, radar: createParallel, scatter: createScatter };
  const plot = plots?.scatter ?? (view === "meter" || view === "lab" ? null : create[view](place, signal));
  let still: { found(): boolean } | null = null;
  wire.on("hello", () => {
    still ??= hideStill(root, signal); // not before a kernel answers: without one the still is all there is
  });
  const stillChanged = keepStill(
    () => (still?.found() && plot ? plot.still(captionOf(status)) : null),
    ({ size, alt }, png) => wire.send({ type: "picture", ...size, alt, png }),
    signal,
  );
  root.append(title);
  const classes = host.get("classes");
  const notices = createNotices(wire);
  const body = element("div", "body");
  if (plots) {
    const link = core.link(host.get("link"));
    const dashboard = createDashboard(wire, link, classes, plots.scatter.lookAbove, signal);
    const needs = {
      classes: classes.length > 0,
      axes: plots.toggle,
      told: notices.tells,
      lead: dashboard.lead,
    };
    on(
      root,
      "keydown",
      event => {
        if (event.key !== "/" || isText(event.target)) return;
        event.preventDefault();
        dashboard.lead("find");
      },
      signal,
    );
    root.append(createControls(wire, needs));
    body.append(plots.element, dashboard.element);
  } else if (plot) body.append(plot.element);
  root.append(notices.element, body);
  if (view === "meter") {
    const meter = createMeter(wire);
    root.append(element("div", "meter-view", meter.summary, meter.detail));
  }

  // While training runs, a picture can wait for the pause; without training every change is worth one.
  const changed = (paused: boolean): void => {
    if (!status?.running) stillChanged(paused);
  };
  wire.on("status", message => {
    const was = status?.running;
    status = { ...EMPTY, ...message.status };
    changed(was === true);
  });
  wire.on("frame", () => changed(false));
  wire.on("labels", () => changed(false));
  sight.begin();

  return () => {
    end.abort();
    root.remove();
    wire.send({ type: "hello", view: name, open: false, gone: true });
  };
}

/** A view that nobody can see asks for nothing: scrolled away, in a hidden tab, in a closed panel. */
function watchVisibility(root: HTMLElement, show: (visible: boolean) => void, signal: AbortSignal) {
  let onScreen: boolean | null = null;
  const tell = (): void => {
    if (onScreen !== null) show(onScreen && !document.hidden);
  };
  const observer = new IntersectionObserver(entries => {
    onScreen = entries[entries.length - 1].isIntersecting;
    tell();
  });
  atEnd(signal, () => observer.disconnect());
  on(document, "visibilitychange", tell, signal);
  on(window, "pagehide", () => show(false), signal);
  on(window, "pageshow", tell, signal);
  return { tell, begin: () => observer.observe(root) };
}

const captionOf = (status: Status | null): string => {
  const parts: string[] = [];
  if (status?.step) parts.push(`step ${status.step.toLocaleString("en")}`);
  if (typeof status?.accuracy === "number") parts.push(`accuracy ${(100 * status.accuracy).toFixed(1)} %`);
  if (status?.energy) parts.push(`${joules(status.energy)} a ${status.energy.per}`);
  return parts.join(" · ");
};

export default { render };
