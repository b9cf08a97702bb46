import { beforeEach, describe, expect, it, vi } from "vitest";

const user = { id: "u", username: "ann", display_name: "Ann" };
const signedIn = (token: string) => ({ access_token: token, expires_in: 900, user });

type Handler = (path: string, token: string | null) => Response | Promise<Response>;

function answer(status: number, body: unknown = undefined, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

/** Fresh modules for each test: the session is a singleton. */
async function fresh(handler: Handler) {
  vi.resetModules();
  const calls: string[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    calls.push(`${init.method} ${path}`);
    const headers = init.headers as Record<string, string>;
    return handler(path, headers.Authorization?.replace("Bearer ", "") ?? null);
  });
  const { session } = await import("../src/api/session");
  const { api } = await import("../src/api/api");
  const { call } = await import("../src/api/client");
  return { session, api, call, calls };
}

beforeEach(() => localStorage.clear());

describe("the session", () => {
  it("asks for nothing on a first visit", async () => {
    const { session, calls } = await fresh(() => answer(500));
    await session.start();
    expect(session.get().status).toBe("anonymous");
    expect(calls).toEqual([]);
  });

  it("comes back after a reload", async () => {
    localStorage.setItem("gallery.signed-in", "1");
    const { session, calls } = await fresh(() => answer(200, signedIn("t1")));
    await session.start();
    expect(session.token()).toBe("t1");
    expect(calls).toEqual(["POST /api/auth/refresh"]);
  });

  it("is not over because the gallery cannot be reached", async () => {
    localStorage.setItem("gallery.signed-in", "1");
    const { session } = await fresh(() => answer(503, { code: "unavailable", detail: "away" }));
    await expect(session.start()).rejects.toMatchObject({ status: 503 });
    expect(session.get().status).toBe("starting");
    expect(localStorage.getItem("gallery.signed-in")).toBe("1");
  });

  it("keeps no token in storage", async () => {
    const { session } = await fresh(() => answer(200, signedIn("secret-token")));
    await session.signIn("ann", "password");
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("secret-token");
  });

  it("renews once for many requests that find the token expired", async () => {
    let renewals = 0;
    const { session, api } = await fresh(async (path, token) => {
      if (path === "/api/auth/login") return answer(200, signedIn("old"));
      if (path === "/api/auth/refresh") {
        renewals += 1;
        await Promise.resolve();
        return answer(200, signedIn("new"));
      }
      return token === "new" ? answer(200, { path }) : answer(401, { code: "token_expired", detail: "expired" });
    });
    await session.signIn("ann", "password");
    const answers = await Promise.all([api("GET", "/a"), api("GET", "/b"), api("GET", "/c")]);
    expect(answers).toEqual([{ path: "/a" }, { path: "/b" }, { path: "/c" }]);
    expect(renewals).toBe(1);
  });

  it("says so when it was ended elsewhere", async () => {
    const { session, api } = await fresh((path) =>
      path === "/api/auth/login" ? answer(200, signedIn("t")) : answer(401, { code: "session_ended", detail: "ended" }),
    );
    await session.signIn("ann", "password");
    await expect(api("GET", "/a")).rejects.toMatchObject({ status: 401 });
    expect(session.get()).toEqual({ status: "anonymous", ended: "Your session has ended. Sign in again." });
  });

  it("signs out even when the token has run out", async () => {
    const { session } = await fresh((path) => (path === "/api/auth/login" ? answer(200, signedIn("t")) : answer(401)));
    await session.signIn("ann", "password");
    await session.signOut();
    expect(session.get()).toEqual({ status: "anonymous" });
  });
});

describe("a refusal", () => {
  it("has the back end's words as a sentence", async () => {
    const { call } = await fresh(() => answer(429, { code: "too_many", detail: "too many attempts" }, { "Retry-After": "7" }));
    await expect(call("POST", "/x")).rejects.toMatchObject({
      status: 429,
      code: "too_many",
      message: "Too many attempts.",
      retryAfter: 7,
    });
  });

  it("of a proxy, which speaks HTML, is put plainly", async () => {
    const { call } = await fresh(() => new Response("<html>Bad Gateway</html>", { status: 502 }));
    await expect(call("GET", "/x")).rejects.toMatchObject({ message: "The gallery answered 502.", passing: true });
  });

  it("without a network has words too", async () => {
    const { call } = await fresh(() => Promise.reject(new TypeError("failed")));
    await expect(call("GET", "/x")).rejects.toMatchObject({ status: 0, code: "offline" });
  });
});
