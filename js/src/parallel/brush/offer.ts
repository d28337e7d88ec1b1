/** The offer beside a brush: a button for what the kernel makes of what is brushed. */

import { smallButton } from "../../page/elements.ts";
import type { Plot } from "../../plot/parts.ts";
import type { Drawing } from "../drawing.ts";
import type { Scene } from "../scene.ts";
import type { Brushing } from "./brushing.ts";

export type OfferNeeds = { scene: Scene; drawing(): Drawing; brushing(): Brushing };

export type Offer = {
  /** Puts the button beside the brush that it is about, or hides it. */
  place(): void;
  /** As if it was pressed; false where there is none. */
  take(): boolean;
};

export function createOffer(plot: Plot, { scene, drawing, brushing }: OfferNeeds): Offer {
  const { strands } = scene;
  const button = smallButton("", "", () => take());
  button.classList.add("greenlatent-offer");
  button.hidden = true;
  plot.page.field.append(button);

  /** The last axis with a brush that offers something, or -1. */
  const about = (): number =>
    scene.layout.axes.findLast(axis => brushing().brushes[axis] && strands.kind(axis).offer) ?? -1;

  function take(): boolean {
    if (about() < 0) return false;
    plot.page.wire.command("brush", { brushes: brushing().brushes });
    plot.page.stage.focus(); // the button may be gone at once
    return true;
  }
  return {
    take,
    place() {
      const axis = about();
      button.hidden = axis < 0 || drawing().inHand;
      if (button.hidden) return;
      const { offer } = strands.kind(axis);
      button.textContent = offer;
      button.title = `${offer}: ${scene.nameOf(axis)} (Enter)`;
      button.ariaLabel = button.title;
      const scale = strands.scale(axis);
      const ends = brushing()
        .brushes[axis].flat()
        .map(value => scene.y(scale.heightOf(value)));
      const x = scene.x(scene.layout.axes.indexOf(axis));
      const right = x > scene.size.width / 2;
      button.style.left = `${x + (right ? -20 : 20)}px`;
      button.style.top = `${(Math.min(...ends) + Math.max(...ends)) / 2}px`;
      button.toggleAttribute("data-left", right);
    },
  };
}
