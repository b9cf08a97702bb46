/** Requests to the back end: every refusal is an ApiError with the back end's own words. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** Worth trying again as it is: the network or the back end is away for a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export const OFFLINE = new ApiError(0, "offline", "The service cannot be reached. Check the connection.");

/** The error an answer stands for; an answer that is not ours (a proxy's page) gets plain words. */
export function errorOf(status: number, body: string, retryAfter: string | null): ApiError {
  let code = "http";
  let detail = `The service answered ${status}.`;
  try {
    const parsed = JSON.parse(body) as { code?: string; detail?: string };
    code = parsed.code ?? code;
    if (parsed.detail) detail = sentence(parsed.detail);
  } catch {
    // Not JSON: the plain words stay.
  }
  return new ApiError(status, code, detail, Number(retryAfter) || 0);
}

/** The back end speaks in clauses; people read sentences. */
export function sentence(clause: string): string {
  const text = clause.trim();
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** The bare answer, whatever its status; OFFLINE when there is none. */
export async function send(method: string, path: string, body?: unknown, token?: string | null): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch {
    throw OFFLINE;
  }
}

/** What an answer holds, or the ApiError it stands for. */
export async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw errorOf(response.status, text, response.headers.get("Retry-After"));
  return (text ? JSON.parse(text) : undefined) as T;
}

export async function call<T>(method: string, path: string, body?: unknown, token?: string | null): Promise<T> {
  return read<T>(await send(method, path, body, token));
}
