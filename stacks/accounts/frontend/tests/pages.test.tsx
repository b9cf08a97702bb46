import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api/client";
import { account, session } from "../src/api/session";
import type { Profile } from "../src/api/types";
import { Toasts } from "../src/components/toasts";
import { typed } from "../src/lib/typed";
import { JoinPage } from "../src/pages/join";
import { VerifyPage } from "../src/pages/links";
import { PeoplePage } from "../src/pages/people";
import { PersonPage } from "../src/pages/person";
import { SignInPage } from "../src/pages/sign-in";
import { answer, serve } from "./server";

const ada: Profile = {
  id: "ada",
  name: "Ada King",
  headline: "Analyst",
  place: "London",
  about: "",
  listed: true,
  avatar: null,
  joined_at: "2026-05-10T12:00:00Z",
};

beforeEach(() => {
  history.replaceState(null, "", "/");
  typed.email = "";
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function show(page: ReactElement): void {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={queries}>
      <Toasts>{page}</Toasts>
    </QueryClientProvider>,
  );
}

function fill(name: string, value: string): void {
  fireEvent.change(screen.getByLabelText(name), { target: { value } });
}

const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const refusal = async () => (await screen.findByRole("alert")).textContent;

describe("signing in", () => {
  const signingIn = () => {
    show(<SignInPage ended={null} />);
    fill("E-mail", "ann@example.com");
    fill("Password", "correct horse");
    press("Sign in");
  };

  it("asks with what was typed", async () => {
    const signIn = vi.spyOn(session, "signIn").mockResolvedValue();
    signingIn();
    await vi.waitFor(() => expect(signIn).toHaveBeenCalledWith("ann@example.com", "correct horse"));
  });

  it("shows why not, and lets one try again", async () => {
    vi.spyOn(session, "signIn").mockRejectedValue(new ApiError(401, "wrong", "The address or the password is wrong."));
    signingIn();
    await vi.waitFor(async () => expect(await refusal()).toBe("The address or the password is wrong."));
    expect(screen.getByRole("button", { name: "Sign in" })).toHaveProperty("disabled", false);
    expect(screen.queryByRole("button", { name: "Send the mail again" })).toBeNull();
  });

  it("offers another mail to who has not confirmed", async () => {
    vi.spyOn(session, "signIn").mockRejectedValue(new ApiError(403, "not_verified", "Not verified."));
    const again = vi.spyOn(account, "verifyAgain").mockResolvedValue(undefined);
    signingIn();
    fireEvent.click(await screen.findByRole("button", { name: "Send the mail again" }));
    expect(await screen.findByText("Another mail is on its way.")).toBeTruthy();
    expect(again).toHaveBeenCalledWith("ann@example.com");
  });

  it("says when a session has ended", () => {
    show(<SignInPage ended="Your session has ended. Sign in again." />);
    expect(screen.getByText("Your session has ended. Sign in again.")).toBeTruthy();
  });

  it("shows a password only when asked to", () => {
    show(<SignInPage ended={null} />);
    expect(screen.getByLabelText("Password").getAttribute("type")).toBe("password");
    press("Show the password");
    expect(screen.getByLabelText("Password").getAttribute("type")).toBe("text");
  });
});

describe("joining", () => {
  it("leads to one's mail, and keeps the address for signing in", async () => {
    const register = vi.spyOn(account, "register").mockResolvedValue(undefined);
    show(<JoinPage />);
    fill("Name", "Ann");
    fill("E-mail", "ann@example.com");
    fill("Password", "correct horse");
    press("Join");
    expect(await screen.findByRole("heading", { name: "Look into your mail" })).toBeTruthy();
    expect(register).toHaveBeenCalledWith("ann@example.com", "Ann", "correct horse");
    expect(typed.email).toBe("ann@example.com");
  });
});

describe("the link of a mail", () => {
  it("confirms by its secret", async () => {
    history.replaceState(null, "", "/verify#the-secret");
    const verify = vi.spyOn(account, "verify").mockResolvedValue(undefined);
    show(<VerifyPage />);
    expect(await screen.findByRole("heading", { name: "Your address is confirmed" })).toBeTruthy();
    expect(verify).toHaveBeenCalledWith("the-secret");
  });

  it("that is old says so", async () => {
    vi.spyOn(account, "verify").mockRejectedValue(new ApiError(400, "link", "This link was used, or is too old."));
    show(<VerifyPage />);
    expect(await screen.findByRole("heading", { name: "This link does not work" })).toBeTruthy();
    expect(screen.getByText("This link was used, or is too old.")).toBeTruthy();
  });
});

describe("people", () => {
  it("are looked for by what stands in the address", async () => {
    history.replaceState(null, "", "/?q=ada");
    const asked = serve(() => answer(200, { items: [ada], next: null }));
    show(<PeoplePage />);
    expect(screen.getByRole("status", { name: "Loading people" })).toBeTruthy();
    expect((await screen.findByRole("link")).textContent).toContain("Ada King");
    expect(screen.getByText("Analyst · London")).toBeTruthy();
    expect(asked).toEqual(["GET /api/users/search?q=ada&after="]);
  });

  it("come page by page", async () => {
    serve((path) =>
      answer(200, path.endsWith("after=") ? { items: [ada], next: "n" } : { items: [{ ...ada, id: "b", name: "Bea" }], next: null }),
    );
    show(<PeoplePage />);
    fireEvent.click(await screen.findByRole("button", { name: "Show more" }));
    await vi.waitFor(() => expect(screen.getAllByRole("link")).toHaveLength(2));
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  it("that are not found are said so", async () => {
    history.replaceState(null, "", "/?q=nobody");
    serve(() => answer(200, { items: [], next: null }));
    show(<PeoplePage />);
    expect(await screen.findByRole("heading", { name: "Nobody found" })).toBeTruthy();
  });

  it("can be asked for again when the service was away", async () => {
    let away = true;
    serve(() => (away ? answer(503, { code: "unavailable", detail: "the service is away" }) : answer(200, { items: [ada], next: null })));
    show(<PeoplePage />);
    expect(await refusal()).toContain("The service is away.");
    away = false;
    press("Try again");
    expect(await screen.findByRole("link")).toBeTruthy();
  });

  it("who are gone leave a page that says so", async () => {
    serve(() => answer(404, { code: "nobody", detail: "there is nobody here" }));
    show(<PersonPage id="gone" />);
    expect(await screen.findByRole("heading", { name: "There is nobody here" })).toBeTruthy();
  });
});
