/**
 * Word of every change in the database, while somebody looks: one connection for all who listen. Changes that come in a burst are
 * one. After the connection was lost it counts as a change too.
 */
const GATHER_MS = 250;
const AGAIN_MS = 3000;

const listeners = new Set<() => void>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let again: ReturnType<typeof setTimeout> | undefined;
let wasLost = false;

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) document.addEventListener("visibilitychange", look);
  look();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener("visibilitychange", look);
    look();
  };
}

/** Connected if and only if somebody listens and can see it. */
function look(): void {
  const wanted = listeners.size > 0 && document.visibilityState === "visible";
  if (wanted && !source) connect();
  if (!wanted) {
    clearTimeout(again);
    wasLost ||= source !== undefined;
    source?.close();
    source = undefined;
  }
}

function connect(): void {
  source = new EventSource("/api/changes");
  source.onopen = () => {
    if (wasLost) tell();
    wasLost = false;
  };
  source.addEventListener("change", tell);
  source.onerror = () => {
    wasLost = true;
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    source = undefined;
    tell(); // whoever asks now learns why
    again = setTimeout(look, AGAIN_MS);
  };
}

function tell(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    for (const listener of [...listeners]) listener();
  }, GATHER_MS);
}
