/** The question after a drop: what would it mean, and for whom? Nothing counts before it is answered. */

import { button, element, focusOn, refill } from "../page/elements.ts";
import type { Point, Size } from "../page/geometry.ts";
import { atEnd, onResize } from "../page/life.ts";
import { place } from "../page/place.ts";
import type { Scope } from "./kin.ts";
import type { Choice, Meaning } from "./meaning.ts";

export type Question = {
  /** Whom it may be about; the first is chosen. Asked anew at `renew`. */
  scopes(): readonly Scope[];
  meaning(scope: Scope): Meaning;
  /** What speaks against it; "" for nothing. */
  warning(): string;
};

export type Answer = { choice: Choice; scope: Scope };

export type Ask = {
  readonly open: boolean;
  /** The scope that is chosen now, while it is open. */
  readonly scope: Scope | null;
  /** Resolves to the choice, or to null when it was cancelled. */
  show(question: Question, at: Point, size: Size): Promise<Answer | null>;
  /** The question has learned something. */
  renew(): void;
  cancel(): boolean;
};

/** `changed` hears when another scope is chosen. */
export function createAsk(stage: HTMLElement, changed: () => void, signal: AbortSignal): Ask {
  let answer: ((choice: Answer | null) => void) | null = null;
  let panel: HTMLElement | null = null;
  let scope: Scope | null = null;
  let renew = (_focus?: boolean): void => {};

  function close(choice: Answer | null): boolean {
    if (!answer) return false;
    const reply = answer;
    answer = null;
    scope = null;
    const hadFocus = panel?.matches(":focus-within");
    panel?.remove();
    panel = null;
    if (hadFocus) focusOn(stage);
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
    renew: () => answer && renew(),
    cancel: () => close(null),
    show(question, at, size) {
      close(null);
      let scopes: readonly Scope[] = [];
      let radios: HTMLButtonElement[] = [];
      const title = element("div", "ask-title clamp");
      const group = element("div", "scopes", { role: "radiogroup", "aria-label": "For whom" });
      const warning = element("div", "ask-warning", { role: "status" });
      const choices = element("div", "choices");
      const cancel = button("choice choice-cancel item", {}, () => close(null), "Cancel", key("Esc"));
      const shown = element(
        "div",
        "ask raised",
        { role: "dialog", tabindex: -1 },
        ...[title, group, warning, choices, cancel],
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
        warning.textContent = question.warning();
        warning.hidden = !warning.textContent;
        refill(choices, ...choicesOf(meaning, next));
        if (focus) focusOn(choices.querySelector("button") ?? shown);
        changed();
      }
      renew = (focus = shown.matches(":focus-within") && document.activeElement !== cancel) => {
        const former = scope?.text;
        scopes = question.scopes();
        radios = scopes.map(each => button("scope", { role: "radio" }, () => choose(each, true), each.text));
        refill(group, ...radios);
        group.hidden = radios.length < 2;
        choose(scopes.find(each => each.text === former) ?? scopes[0], focus);
      };
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
      renew(true);
      place(shown, at, size);
      onResize(shown, () => place(shown, at, size), signal); // narrower, it becomes taller
      return new Promise(resolve => {
        answer = resolve;
      });
    },
  };
}
