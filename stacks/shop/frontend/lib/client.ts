// The API as the browser asks it. A change shows the token of our own page (Django's CSRF protection).

const BASE = process.env.NEXT_PUBLIC_API_URL || "/api/v1";

export const AWAY = "The shop cannot be reached right now. Nothing was changed; please try again.";

/** A refusal: what to say, and which fields it is about. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }
}

function token(): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

export async function send<T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<T> {
  try {
    if (!token()) await fetch(`${BASE}/account/`);
    const isForm = body instanceof FormData;
    const headers: Record<string, string> = { "X-CSRFToken": token() };
    if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
    const answer = await fetch(BASE + path, { method, headers, body: isForm ? body : JSON.stringify(body) });
    const said: unknown = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw refusal(answer.status, said);
    return said as T;
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(0, AWAY);
  }
}

export function refusal(status: number, said: unknown): Refused {
  if (status >= 500 || typeof said !== "object" || said === null) return new Refused(status, AWAY);
  if (status === 429) return new Refused(status, "That was too often. Please wait a minute.");
  const fields = Object.fromEntries(
    Object.entries(said)
      .filter(([name]) => name !== "detail" && name !== "products")
      .map(([name, words]) => [name, [words].flat().join(" ")]),
  );
  const detail = "detail" in said ? String(said.detail) : "";
  return new Refused(status, detail || fields.non_field_errors || "Please look at what is marked.", fields);
}

/** What to say of an error, whatever it is. */
export const words = (error: unknown) => (error instanceof Refused ? error.message : AWAY);

/** The address to go to afterwards, if it is one of our own. */
export const ownPath = (path: string | null | undefined) => (path && /^\/(?![/\\])/.test(path) ? path : "/account");
