import { vi } from "vitest";

export type Handler = (path: string, token: string | null, init: RequestInit) => Response | Promise<Response>;

export function answer(status: number, body: unknown = undefined, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

/** Answers to fetch in place of the services; what was asked is in the list, such as "POST /api/auth/login". */
export function serve(handler: Handler): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push(`${init.method} ${path}`);
    const headers = init.headers as Record<string, string>;
    return handler(path, headers.Authorization?.replace("Bearer ", "") ?? null, init);
  });
  return asked;
}
