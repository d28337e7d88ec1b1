/** The agent: how far it may go, what it costs, and what it did by itself. */

import { button, element } from "../page/elements.ts";
import { randomName } from "../wire/memory.ts";
import type { Wire } from "../wire/wire.ts";

const LEVELS: [string, string][] = [
  ["off", "looks at nothing"],
  ["explain", "says what it sees"],
  ["suggest", "shows cards; nothing holds without your answer"],
  ["act", "leaves out and takes back by itself while you watch"],
  ["alone", "also ends training that gains nothing more"],
];

export function createAgent(wire: Wire): HTMLElement[] {
  const name = randomName();
  const what = element("p", "soft fine", { id: `greenlatent-${name}` });
  const inputs = LEVELS.map(([level]) =>
    element("input", "", { type: "radio", name, value: level, "aria-describedby": what.id }),
  );
  let now = "off";
  const choice = element(
    "fieldset",
    "agent-levels row",
    {},
    element("legend", "soft", "Agent"),
    ...LEVELS.map(([level], k) => element("label", "", inputs[k], ` ${level}`)),
  );
  for (const input of inputs) {
    input.onchange = () => {
      wire.command("level", { level: input.value });
      input.checked = input.value === now; // until the kernel says so
    };
  }
  const price = element("p", "soft fine");
  const list = element("ul", "journal");
  const back = button("action", {}, () => wire.command("retract"), "Take all of it back");
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
  wire.on("agent", told => {
    now = told.level || "off";
    for (const [k, input] of inputs.entries()) {
      const why = told.locked[input.value] ?? "";
      input.checked = input.value === now;
      input.disabled = !!why;
      input.title = why || LEVELS[k][1];
    }
    const locked = Object.entries(told.locked).map(([level, why]) => `${level} is locked: ${why}`);
    const says = LEVELS.find(([level]) => level === now)?.[1] ?? "";
    what.textContent = [`${now}: ${says}.`, ...locked, told.note].filter(Boolean).join(" ");
    price.textContent = told.price;
    price.hidden = !told.price;
    deeds.hidden = !told.did.length;
    back.disabled = !told.did.some(row => row.state === "in force");
    list.replaceChildren(
      ...told.did.map(({ n, text, state, step }) => {
        const [command, word] =
          state === "in force" ? (["mute", "Take back"] as const) : (["unmute", "Put back"] as const);
        return element(
          "li",
          "journal-row",
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
      }),
    );
  });
  return [choice, what, price, deeds];
}
