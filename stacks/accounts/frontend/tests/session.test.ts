import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Handler, answer, serve } from "./server";

const MARK = "accounts.signed-in";
const account = { id: "a", email: "ann@example.com", name: "Ann" };
const signedIn = (token: string) => ({ access_token: token, expires_in: 900, account });

/** Fresh modules for each test: the session is a singleton. */
async function fresh(handler: Handler) {
  vi.resetModules();
  const asked = serve(handler);
  const { session } = await import("../src/api/session");
  const { api } = await import("../src/api/api");
  return { session, api, asked };
}

beforeEach(() => localStorage.clear());

describe("the session", () => {
  it("asks for nothing on a first visit", async () => {
    const { session, asked } = await fresh(() => answer(500));
    await session.start();
    expect(session.get()).toEqual({ status: "anonymous" });
    expect(asked).toEqual([]);
  });

  it("comes back after a reload", async () => {
    localStorage.setItem(MARK, "1");
    const { session, asked } = await fresh(() => answer(200, signedIn("t1")));
    await session.start();
    expect(session.token()).toBe("t1");
    expect(asked).toEqual(["POST /api/auth/refresh"]);
  });

  it("is not over because the service cannot be reached", async () => {
    localStorage.setItem(MARK, "1");
    const { session } = await fresh(() => answer(503, { code: "unavailable", detail: "away" }));
    await expect(session.start()).rejects.toMatchObject({ status: 503 });
    expect(session.get()).toEqual({ status: "starting" });
    expect(localStorage.getItem(MARK)).toBe("1");
  });

  it("that was ended elsewhere is over at the next visit, without a complaint", async () => {
    localStorage.setItem(MARK, "1");
    const { session } = await fresh(() => answer(401, { code: "token_reused", detail: "used twice" }));
    await session.start();
    expect(session.get()).toEqual({ status: "anonymous" });
    expect(localStorage.getItem(MARK)).toBeNull();
  });

  it("keeps no token in storage", async () => {
    const { session } = await fresh(() => answer(200, signedIn("secret-token")));
    await session.signIn("ann@example.com", "password");
    expect(session.token()).toBe("secret-token");
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("secret-token");
  });

  it("renews once for many requests that find the token expired", async () => {
    const { session, api, asked } = await fresh((path, token) => {
      if (path === "/api/auth/login") return answer(200, signedIn("old"));
      if (path === "/api/auth/refresh") return answer(200, signedIn("new"));
      return token === "new" ? answer(200, { path }) : answer(401, { code: "token_expired", detail: "expired" });
    });
    await session.signIn("ann@example.com", "password");
    const answers = await Promise.all([api("GET", "/a"), api("GET", "/b"), api("GET", "/c")]);
    expect(answers).toEqual([{ path: "/a" }, { path: "/b" }, { path: "/c" }]);
    expect(asked.filter((line) => line.endsWith("/refresh"))).toHaveLength(1);
  });

  it("does not renew for a request whose token was replaced meanwhile", async () => {
    const { session, asked } = await fresh(() => answer(200, signedIn("new")));
    await session.signIn("ann@example.com", "password");
    await session.renew("old");
    expect(asked).toEqual(["POST /api/auth/login"]);
  });

  it("says so when it ended under one's hands", async () => {
    const { session, api } = await fresh((path) =>
      path === "/api/auth/login" ? answer(200, signedIn("t")) : answer(401, { code: "token_reused", detail: "used twice" }),
    );
    await session.signIn("ann@example.com", "password");
    await expect(api("GET", "/a")).rejects.toMatchObject({ status: 401 });
    expect(session.get()).toEqual({ status: "anonymous", ended: "Your session has ended. Sign in again." });
  });

  it("stays when signing out was not heard", async () => {
    const { session } = await fresh((path) =>
      path === "/api/auth/login" ? answer(200, signedIn("t")) : answer(503, { code: "unavailable", detail: "away" }),
    );
    await session.signIn("ann@example.com", "password");
    await expect(session.signOut()).rejects.toMatchObject({ status: 503 });
    expect(session.get().status).toBe("signed-in");
  });
});
