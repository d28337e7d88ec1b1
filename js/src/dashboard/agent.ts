/** The agent: how far it may go, what it costs, and what it did by itself. */

import { actionButton, button, element, refill } from "../page/elements.ts";
import { on } from "../page/life.ts";
import { randomName } from "../wire/memory.ts";
import type { Wire } from "../wire/wire.ts";

const LEVELS: [string, string][] = [
  ["off", "looks at nothing"],
  ["explain", "says what it sees"],
  ["suggest", "shows cards; nothing holds without your answer"],
  ["act", "leaves out and takes back by itself while you watch"],
  ["alone", "also ends training that gains nothing more"],
];

/** How far it may go and what that costs, and what it did; `card` is where a card stands that waits for an answer. */
export function createAgent(
  wire: Wire,
  card: HTMLElement,
  signal: AbortSignal,
): { level: HTMLElement[]; deeds: HTMLElement } {
  const name = randomName();
  const what = element("p", "soft fine", { id: `greenlatent-${name}` });
  const inputs = LEVELS.map(([level]) =>
    element("input", "", { type: "radio", name, value: level, "aria-describedby": what.id }),
  );
  let [now, waits] = ["off", false];
  const choice = element(
    "div",
    "row",
    { role: "radiogroup", "aria-label": "What the agent may do" },
    element("span", "soft", { "aria-hidden": "true" }, "Level"),
    ...LEVELS.map(([level], k) => element("label", "", inputs[k], ` ${level}`)),
  );
  for (const input of inputs) {
    input.onchange = () => {
      wire.command("level", { level: input.value });
      input.checked = input.value === now; // until the kernel says so
    };
  }
  const price = element("p", "soft fine");
  const halt = button("action", { hidden: true }, () => wire.command("cancel"), "Cancel the question");
  const title = element("summary", "");
  const text = element("pre", "soft fine sent", { tabindex: 0 });
  const image = element("img", "sent", { alt: "The picture that goes along" });
  const figure = element("div", "");
  const send = actionButton("Send", () => wire.command("allow"));
  const sent = element("details", "", { hidden: true }, title, text, figure, send);
  const list = element("ul", "journal");
  const back = actionButton("Take all of it back", () => wire.command("retract"));
  const deeds = element(
    "details",
    "",
    { hidden: true },
    element("summary", "", "What it did by itself"),
    element(
      "p",
      "soft fine",
      "Taken back, an edit holds no more from the next step on; weights are not rewound.",
    ),
    back,
    list,
  );
  // While a hand is on the plot or a card has the focus nobody wants another.
  let [hand, busy] = [false, false];
  const tell = (): void => {
    const next = hand || card.contains(document.activeElement);
    if (next === busy || LEVELS.findIndex(([level]) => level === now) < 2) return;
    busy = next;
    wire.command("busy", { busy });
  };
  const touch = (event: Event): void => {
    const stage = event.target instanceof Element && event.target.closest("[role=application]");
    hand = event.type === "pointerdown" && !!stage && !!choice.closest(".greenlatent")?.contains(stage);
    tell();
  };
  on(window, ["pointerdown", "pointerup", "pointercancel"], touch, signal, { capture: true });
  on(document, "focusin", tell, signal);
  on(document, "focusout", event => !event.relatedTarget && tell(), signal);

  wire.on("agent", told => {
    now = told.level || "off";
    tell();
    for (const [k, input] of inputs.entries()) {
      const why = told.locked[input.value] ?? "";
      input.checked = input.value === now;
      input.disabled = !!why;
      input.title = why || LEVELS[k][1];
    }
    const all = Object.entries(told.locked);
    const locked = [...new Set(Object.values(told.locked))].map(
      why => `${all.flatMap(([level, its]) => (its === why ? level : [])).join(" and ")} locked: ${why}.`,
    );
    const says = LEVELS.find(([level]) => level === now)?.[1] ?? "";
    what.textContent = [`${now}: ${says}.`, ...locked, told.note].filter(Boolean).join(" ");
    price.textContent = told.price;
    price.hidden = !told.price;
    halt.hidden = !told.asking;
    sent.hidden = !told.sent;
    send.hidden = !told.sent?.held;
    const { host, held } = told.sent ?? {};
    title.textContent = held ? `Held, not sent to ${host} yet` : `What was sent to ${host}`;
    if (held && !waits) sent.open = true;
    waits = !!held;
    text.textContent = told.sent?.text ?? "";
    URL.revokeObjectURL(image.src);
    refill(figure, ...(told.picture.length ? [image] : []));
    image.src = URL.createObjectURL(new Blob([told.picture], { type: "image/png" }));
    deeds.hidden = !told.did.length;
    back.disabled = !told.did.some(row => row.state === "in force");
    const rows = told.did.map(({ n, text, state, step }) => {
      const [command, word] =
        state === "in force" ? (["mute", "Take back"] as const) : (["unmute", "Put back"] as const);
      return element(
        "li",
        "journal-row row",
        { "data-state": state },
        element("span", "journal-text", `${text} · step ${step}`),
        element(
          "span",
          "journal-buttons row",
          button(
            "action",
            { "aria-label": `Show: ${text}` },
            () => wire.command("select", { line: n }),
            "Show",
          ),
          button("action", { "aria-label": `${word}: ${text}` }, () => wire.command(command, { n }), word),
        ),
      );
    });
    refill(list, ...rows);
  });
  return { level: [choice, what, price, halt, sent], deeds };
}
