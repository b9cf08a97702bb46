/** What a drag of the finger over a picture means. Pure: the lightbox feeds it distances and times. */

export interface Drag {
  dx: number;
  dy: number;
  /** Milliseconds since the finger came down. */
  ms: number;
}

export type Meaning = "next" | "previous" | "close" | "none";

const SLOP = 10; // pixels before a touch is a drag at all
const FLICK = 0.4; // pixels per millisecond: quick, however short
const SHORTEST_FLICK = 30;

export type Axis = "x" | "y" | null;

/** The axis a drag keeps to, once it has gone far enough to tell. */
export function axisOf(dx: number, dy: number): Axis {
  if (Math.hypot(dx, dy) < SLOP) return null;
  return Math.abs(dx) >= Math.abs(dy) ? "x" : "y";
}

/** Far enough (a quarter of the width, a fifth of the height) or quick enough decides. */
export function meaningOf(drag: Drag, width: number, height: number): Meaning {
  const axis = axisOf(drag.dx, drag.dy);
  const goes = (distance: number, far: number) =>
    Math.abs(distance) > far ||
    (Math.abs(distance) > SHORTEST_FLICK && Math.abs(distance) / Math.max(drag.ms, 1) > FLICK);
  if (axis === "x" && goes(drag.dx, width / 4)) return drag.dx < 0 ? "next" : "previous";
  if (axis === "y" && drag.dy > 0 && goes(drag.dy, height / 5)) return "close";
  return "none";
}

/** The keys of the lightbox. Typing in a field is left alone by the caller. */
export function meaningOfKey(key: string): Meaning | "like" | "details" {
  switch (key) {
    case "ArrowRight":
      return "next";
    case "ArrowLeft":
      return "previous";
    case "l":
      return "like";
    case "i":
      return "details";
    default:
      return "none";
  }
}
