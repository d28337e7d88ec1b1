/** The lens of a view: it keeps all points in sight until a person takes it, and glides where it is sent. */

import {
  type Bounds,
  between,
  type Camera,
  fit,
  type Point,
  pan,
  type Size,
  toScreen,
  zoomAt,
} from "../page/geometry.ts";

const MARGIN = 28;
const EDGE = 8; // pixels that points keep from the edge while the camera stands still

export class Lens {
  #from: Camera | null = null;
  #to: Camera = { x: 0, y: 0, scale: 1 };
  #start = 0;
  #duration = 0;
  #taken = false; // by a person

  at(time: number): Camera {
    const t = this.#duration > 0 ? Math.min((time - this.#start) / this.#duration, 1) : 1;
    return this.#from ? between(this.#from, this.#to, t * t * (3 - 2 * t)) : this.#to;
  }

  moving(time: number): boolean {
    return this.#from !== null && time < this.#start + this.#duration;
  }

  /** Where a person put the camera; null while it follows the points. */
  get taken(): Camera | null {
    return this.#taken ? this.#to : null;
  }

  /** Looks where a person looked before. */
  restore(camera: Camera): void {
    this.#taken = true;
    this.#aim(camera, 0, 0);
  }

  /** Shows everything, and goes on doing so. */
  fit(bounds: Bounds | null, size: Size, time: number, duration: number): void {
    this.#taken = false;
    this.#aim(fit(bounds, size, MARGIN), time, duration);
  }

  /** Fits anew only when points would leave the view or shrink to a corner: a picture that breathes tires the eye. */
  follow(bounds: Bounds | null, size: Size, time: number, duration: number): void {
    if (this.#taken || !bounds || size.width === 0) return;
    const wanted = fit(bounds, size, MARGIN);
    if (this.#from) {
      const a = toScreen(this.#to, size, bounds.left, bounds.top);
      const b = toScreen(this.#to, size, bounds.right, bounds.bottom);
      const within = a.x >= EDGE && a.y >= EDGE && b.x <= size.width - EDGE && b.y <= size.height - EDGE;
      if (within && this.#to.scale > 0.75 * wanted.scale) return;
    }
    this.#aim(wanted, time, duration);
  }

  /** The stage has another size. */
  resize(bounds: Bounds | null, size: Size, time: number): void {
    if (!this.#taken) this.#aim(fit(bounds, size, MARGIN), time, 0);
  }

  pan(dx: number, dy: number, time: number): void {
    this.#taken = true;
    this.#aim(pan(this.at(time), dx, dy), time, 0);
  }

  zoom(at: Point, factor: number, bounds: Bounds | null, size: Size, time: number, duration: number): void {
    const whole = fit(bounds, size, MARGIN).scale;
    const to = zoomAt(this.#to, size, at, factor);
    if (to.scale < whole / 5 || to.scale > whole * 2000) return;
    this.#taken = true;
    this.#aim(to, time, duration);
  }

  /** Brings a spot of the data into the middle. */
  show(spot: Point, time: number, duration: number): void {
    this.#taken = true;
    this.#aim({ ...this.#to, x: spot.x, y: spot.y }, time, duration);
  }

  #aim(to: Camera, time: number, duration: number): void {
    this.#from = this.#from ? this.at(time) : to;
    this.#to = to;
    this.#start = time;
    this.#duration = duration;
  }
}
