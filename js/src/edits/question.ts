/** The question after a drop: what would it mean, and for whom? Nothing counts before it is answered. */

import { button, element } from "../page/elements.ts";
import type { Point, Size } from "../page/geometry.ts";
import { atEnd, onResize } from "../page/life.ts";
import { place } from "../page/place.ts";
import type { Scope } from "./kin.ts";
import type { Choice, Meaning } from "./meaning.ts";

export type Question = {
  /** Whom it may be about; the first is chosen. */
  scopes: readonly Scope[];
  meaning(scope: Scope): Meaning;
  /** What speaks against it; "" for nothing. */
  warning: string;
};

export type Answer = { choice: Choice; scope: Scope };

export type Ask = {
  readonly open: boolean;
  /** The scope that is chosen now, while it is open. */
  readonly scope: Scope | null;
  /** Resolves to the choice, or to null when it was cancelled. */
  show(question: Question, at: Point, size: Size): Promise<Answer | null>;
  cancel(): boolean;
};

/** `changed` hears when another scope is chosen. */
export function createAsk(stage: HTMLElement, changed: () => void, signal: AbortSignal): Ask {
  let answer: ((choice: Answer | null) => void) | null = null;
  let panel: HTMLElement | null = null;
  let scope: Scope | null = null;

  function close(choice: Answer | null): boolean {
    if (!answer) return false;
    const reply = answer;
    answer = null;
    scope = null;
    const hadFocus = panel?.matches(":focus-within");
    panel?.remove();
    panel = null;
    if (hadFocus) stage.focus({ preventScroll: true });
    reply(choice);
    return true;
  }
  atEnd(signal, () => close(null));

  const key = (name: string): HTMLElement => element("kbd", "key", name);

  function choicesOf(meaning: Meaning, about: Scope): HTMLButtonElement[] {
    return meaning.choices.map((choice, k) =>
      button(
        "choice item",
        {},
        () => close({ choice, scope: about }),
        element("span", "choice-text", choice.text, k === 0 ? key("Enter") : ""),
        element("span", "soft fine", choice.note),
      ),
    );
  }

  return {
    get open() {
      return answer !== null;
    },
    get scope() {
      return scope;
    },
    cancel: () => close(null),
    show(question, at, size) {
      close(null);
      const { scopes } = question;
      const title = element("div", "ask-title clamp");
      const choices = element("div", "choices");
      const cancel = button("choice choice-cancel item", {}, () => close(null), "Cancel", key("Esc"));
      const radios = scopes.map(each =>
        button("scope", { role: "radio" }, () => choose(each, true), each.text),
      );
      function choose(next: Scope, focus: boolean): void {
        scope = next;
        const meaning = question.meaning(next);
        title.textContent = meaning.title;
        shown.ariaLabel = meaning.title;
        radios.forEach((radio, k) => {
          radio.ariaChecked = String(scopes[k] === next);
          radio.tabIndex = scopes[k] === next ? 0 : -1;
        });
        choices.replaceChildren(...choicesOf(meaning, next));
        if (focus) choices.querySelector("button")?.focus({ preventScroll: true });
        changed();
      }
      const shown = element("div", "ask raised", { role: "dialog" }, title);
      if (radios.length > 1) {
        shown.append(element("div", "scopes", { role: "radiogroup", "aria-label": "For whom" }, ...radios));
      }
      if (question.warning) shown.append(element("div", "ask-warning", question.warning));
      shown.append(choices, cancel);
      panel = shown;
      shown.onkeydown = event => {
        const all = [...choices.querySelectorAll("button"), cancel];
        const now = all.indexOf(document.activeElement as HTMLButtonElement);
        const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        const across = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (event.key === "Escape") close(null);
        else if (down) all[(now + down + all.length) % all.length].focus();
        else if (across && scope) {
          const next = (scopes.indexOf(scope) + across + scopes.length) % scopes.length;
          choose(scopes[next], true);
        } else return;
        event.preventDefault();
        event.stopPropagation();
      };
      stage.after(shown);
      choose(scopes[0], false);
      place(shown, at, size);
      onResize(shown, () => place(shown, at, size), signal); // narrower, it becomes taller
      choices.querySelector("button")?.focus({ preventScroll: true });
      return new Promise(resolve => {
        answer = resolve;
      });
    },
  };
}
