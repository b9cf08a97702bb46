import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { session } from "../src/api/session";
import { SignInPage } from "../src/pages/sign-in";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function fill(name: string, value: string): void {
  fireEvent.change(screen.getByLabelText(name, { exact: false }), { target: { value } });
}

describe("the entrance", () => {
  it("signs in with what was typed", async () => {
    const signIn = vi.spyOn(session, "signIn").mockResolvedValue();
    render(<SignInPage ended={null} />);
    fill("User name", " ann ");
    fill("Password", "correct horse");
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await vi.waitFor(() => expect(signIn).toHaveBeenCalledWith("ann", "correct horse"));
  });

  it("shows why not, and lets one try again", async () => {
    vi.spyOn(session, "signIn").mockRejectedValue(new Error("The user name or the password is wrong."));
    render(<SignInPage ended={null} />);
    fill("User name", "ann");
    fill("Password", "guess");
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toBe("The user name or the password is wrong.");
    expect(screen.getByRole("button", { name: "Sign in" })).toHaveProperty("disabled", false);
  });

  it("becomes a form to join", async () => {
    const register = vi.spyOn(session, "register").mockResolvedValue();
    render(<SignInPage ended={null} />);
    fireEvent.click(screen.getByRole("button", { name: "Make an account" }));
    fill("User name", "ann");
    fill("as others see it", "Ann");
    fill("Password", "correct horse");
    fireEvent.click(screen.getByRole("button", { name: "Join" }));
    await vi.waitFor(() => expect(register).toHaveBeenCalledWith("ann", "correct horse", "Ann"));
  });

  it("says when a session has ended", () => {
    render(<SignInPage ended="Your session has ended. Sign in again." />);
    expect(screen.getByRole("status").textContent).toContain("ended");
  });
});
