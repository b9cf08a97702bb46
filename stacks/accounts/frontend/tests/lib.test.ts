import { beforeEach, describe, expect, it } from "vitest";
import { HUES, hueOf, initialsOf, monthOf } from "../src/lib/names";
import { ACCEPT, whyNot } from "../src/lib/pictures";
import { secretOfLink } from "../src/lib/secret";
import { applyTheme, nextTheme, storedTheme } from "../src/lib/theme";

describe("who has no picture", () => {
  it.each([
    ["Ada King Lovelace", "AL"],
    ["plato", "P"],
    ["  grace   hopper ", "GH"],
    ["😀 smile", "😀S"],
    ["", "?"],
  ])("%s is %s", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  it("has a colour that stays", () => {
    const hues = ["64a1", "64a2", "x", ""].map(hueOf);
    expect(hues).toEqual(["64a1", "64a2", "x", ""].map(hueOf));
    expect(hues.every((hue) => Number.isInteger(hue) && hue >= 0 && hue < HUES)).toBe(true);
  });

  it("is here since a month", () => {
    expect(monthOf("2026-05-10T12:00:00Z")).toBe("May 2026");
  });
});

describe("a picture before it is sent", () => {
  it.each([
    ["a drawing", { type: "image/svg+xml", size: 10 }, /Only JPEG/],
    ["too large", { type: "image/png", size: 5 * 1024 * 1024 + 1 }, /5 MB/],
    ["empty", { type: "image/png", size: 0 }, /empty/],
  ])("%s is refused", (_, file, words) => {
    expect(whyNot(file)).toMatch(words);
  });

  it("goes where the browser knows no type: the service looks at the content", () => {
    expect(whyNot({ type: "", size: 10 })).toBeNull();
    expect(ACCEPT.split(",").map((type) => whyNot({ type, size: 5 * 1024 * 1024 }))).toEqual([null, null, null, null]);
  });
});

describe("the secret of a link", () => {
  it("leaves the address and is known on", () => {
    history.replaceState(null, "", "/verify#a-secret");
    expect(secretOfLink()).toBe("a-secret");
    expect(location.href).not.toContain("a-secret");
    expect(secretOfLink()).toBe("a-secret");
  });

  it("is that of its own page", () => {
    history.replaceState(null, "", "/verify#of-the-one");
    secretOfLink();
    history.replaceState(null, "", "/reset");
    expect(secretOfLink()).toBe("");
  });
});

describe("the theme", () => {
  beforeEach(() => localStorage.clear());

  it("goes round", () => {
    expect([nextTheme("system"), nextTheme("light"), nextTheme("dark")]).toEqual(["light", "dark", "system"]);
  });

  it("is kept, and given back to the system", () => {
    applyTheme("dark");
    expect([document.documentElement.dataset.theme, storedTheme()]).toEqual(["dark", "dark"]);
    applyTheme("system");
    expect([document.documentElement.dataset.theme, storedTheme()]).toEqual([undefined, "system"]);
  });
});
