import { type PointerEvent, useRef, useState } from "react";
import { type Meaning, axisOf, meaningOf } from "./gesture";

interface Start {
  x: number;
  y: number;
  at: number;
}

/** Follows one finger over an element: the distances to draw, and what the drag meant when it ends. */
export function useSwipe(onMeaning: (meaning: Exclude<Meaning, "none">) => void) {
  const start = useRef<Start | null>(null);
  const [offset, setOffset] = useState({ dx: 0, dy: 0 });

  const stop = () => {
    start.current = null;
    setOffset({ dx: 0, dy: 0 });
  };
  const handlers = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.pointerType === "mouse" || !event.isPrimary) return stop();
      start.current = { x: event.clientX, y: event.clientY, at: event.timeStamp };
      event.currentTarget.setPointerCapture?.(event.pointerId);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (!start.current || !event.isPrimary) return;
      const dx = event.clientX - start.current.x;
      const dy = event.clientY - start.current.y;
      const axis = axisOf(dx, dy);
      setOffset({ dx: axis === "x" ? dx : 0, dy: axis === "y" ? Math.max(0, dy) : 0 });
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (!start.current) return;
      const { x, y, at } = start.current;
      const drag = { dx: event.clientX - x, dy: event.clientY - y, ms: event.timeStamp - at };
      const meaning = meaningOf(drag, window.innerWidth, window.innerHeight);
      stop();
      if (meaning !== "none") onMeaning(meaning);
    },
    onPointerCancel: stop,
  };
  return { ...offset, moving: start.current !== null, handlers };
}
