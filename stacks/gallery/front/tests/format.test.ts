import { beforeEach, describe, expect, it } from "vitest";
import { ago, bytes, counted } from "../src/lib/format";
import { applyTheme, nextTheme, storedTheme } from "../src/lib/theme";

const NOW = Date.parse("2026-05-10T12:00:00Z");

describe("words for figures", () => {
  it.each([
    ["2026-05-10T11:59:40Z", "just now"],
    ["2026-05-10T11:57:00Z", "3 minutes ago"],
    ["2026-05-09T12:00:00Z", "yesterday"],
    ["2026-04-26T12:00:00Z", "2 weeks ago"],
    ["2024-05-10T12:00:00Z", "2 years ago"],
  ])("%s is %s", (iso, words) => {
    expect(ago(iso, NOW)).toBe(words);
  });

  it("counts and weighs", () => {
    expect([counted(1, "photo"), counted(2, "photo"), counted(0, "like")]).toEqual(["1 photo", "2 photos", "0 likes"]);
    expect([bytes(999), bytes(1500), bytes(25_400_000)]).toEqual(["999 B", "2 kB", "25.4 MB"]);
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

  it("that is stored but unknown is the system's", () => {
    localStorage.setItem("gallery.theme", "pink");
    expect(storedTheme()).toBe("system");
  });
});
