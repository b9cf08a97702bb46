/** Requests to the API, which is under the pages' own address. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export const AWAY = "The server does not answer. This page tries again by itself.";

export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  return (await answered(path, init)).json() as Promise<T>;
}

export function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, asJson(body));
}

export function asJson(body: unknown): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** An answer that is a success; anything else is an ApiError with words for people. */
export async function answered(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, AWAY);
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (response.status === 401 && said.code === "sign_in") door.shut();
  throw new ApiError(response.status, sentence(said.detail) ?? AWAY);
}

function sentence(detail: string | undefined): string | undefined {
  return detail && `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

/** Whether one has to sign in: known from the first answer that says so. */
let isShut = false;
const watchers = new Set<() => void>();

export const door = {
  isShut: () => isShut,
  shut: () => set(true),
  open: () => set(false),
  watch(watcher: () => void): () => void {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  },
};

function set(value: boolean): void {
  isShut = value;
  for (const watcher of watchers) watcher();
}
