/**
 * Who is signed in. The access token lives here, in memory, and nowhere else; the refresh token is in a cookie
 * that scripts cannot read. A mark in localStorage only says that trying to renew is worth a request.
 */
import { call } from "./client";
import type { Account, SignedIn } from "./types";

export type SessionState =
  | { status: "starting" }
  | { status: "anonymous"; ended?: string }
  | { status: "signed-in"; account: Account; token: string };

const MARK = "accounts.signed-in";
const LOCK = "accounts.refresh";

let state: SessionState = { status: "starting" };
let renewing: Promise<void> | null = null;
const listeners = new Set<() => void>();

function set(next: SessionState): void {
  state = next;
  try {
    if (next.status === "signed-in") localStorage.setItem(MARK, "1");
    else if (next.status === "anonymous") localStorage.removeItem(MARK);
  } catch {
    // Without storage each visit begins signed out.
  }
  for (const listener of listeners) listener();
}

function marked(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}

/** Tabs renew one after the other: a refresh token is good for one use. (Locks exist on secure pages only.) */
function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work();
}

function accept(signedIn: SignedIn): void {
  set({ status: "signed-in", account: signedIn.account, token: signedIn.access_token });
}

async function renewOnce(): Promise<void> {
  const wasSignedIn = state.status === "signed-in";
  try {
    accept(await alone(() => call<SignedIn>("POST", "/api/auth/refresh")));
  } catch (error) {
    const refused = (error as { status?: number }).status === 401;
    if (refused) set({ status: "anonymous", ...(wasSignedIn ? { ended: "Your session has ended. Sign in again." } : {}) });
    throw error;
  }
}

export const session = {
  get: (): SessionState => state,
  token: (): string | null => (state.status === "signed-in" ? state.token : null),

  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** On load: back to where one was. Rejects when nobody answers, which is not being signed out. */
  async start(): Promise<void> {
    if (!marked()) return set({ status: "anonymous" });
    await session.renew(null).catch((error: { status?: number }) => {
      if (error.status !== 401) throw error;
    });
  },

  /** A new access token in place of `used`; several callers share one request. */
  async renew(used: string | null): Promise<void> {
    if (used !== null && session.token() !== null && session.token() !== used) return;
    renewing ??= renewOnce().finally(() => {
      renewing = null;
    });
    await renewing;
  },

  async signIn(email: string, password: string): Promise<void> {
    accept(await call<SignedIn>("POST", "/api/auth/login", { email, password }));
  },

  async signOut(everywhere = false): Promise<void> {
    await call("POST", "/api/auth/logout", { everywhere }, session.token());
    set({ status: "anonymous" });
  },
};

/** What needs nobody to be signed in. */
export const account = {
  register: (email: string, name: string, password: string) => call("POST", "/api/auth/register", { email, name, password }),
  verify: (token: string) => call("POST", "/api/auth/verify", { token }),
  verifyAgain: (email: string) => call("POST", "/api/auth/verify/again", { email }),
  forgot: (email: string) => call("POST", "/api/auth/password/forgot", { email }),
  reset: (token: string, password: string) => call("POST", "/api/auth/password/reset", { token, password }),
};
