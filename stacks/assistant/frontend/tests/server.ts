import { vi } from "vitest";

export type Reply = { status?: number; body?: unknown; stream?: ReadableStream<Uint8Array> };

/** Answers to fetch by path, in place of the API. What was asked is in `asked`. */
export function serve(routes: Record<string, (init?: RequestInit) => Reply>) {
  const asked: { path: string; init: RequestInit | undefined }[] = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    asked.push({ path, init });
    const route = Object.entries(routes).find(([start]) => path.startsWith(start));
    if (!route) throw new TypeError("no network");
    const { status = 200, body = {}, stream } = route[1](init);
    return new Response(stream ?? JSON.stringify(body), { status });
  });
  return asked;
}

/** An event source that never says anything, unless it is told to. */
export class Silent extends EventTarget {
  static CLOSED = 2;
  static all: Silent[] = [];
  readyState = 1;
  onopen: (() => void) | undefined;
  onerror: (() => void) | undefined;
  constructor() {
    super();
    Silent.all.push(this);
  }
  close() {
    this.readyState = 2;
  }
}

export function bytes(...parts: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}
