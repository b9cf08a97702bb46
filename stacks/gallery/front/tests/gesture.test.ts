import { describe, expect, it } from "vitest";
import { axisOf, meaningOf, meaningOfKey } from "../src/lib/gesture";

const W = 400;
const H = 800;

describe("a drag", () => {
  it.each([
    ["far to the left, slowly", { dx: -120, dy: 10, ms: 900 }, "next"],
    ["far to the right, slowly", { dx: 120, dy: -10, ms: 900 }, "previous"],
    ["a short flick to the left", { dx: -45, dy: 4, ms: 80 }, "next"],
    ["a short slow push", { dx: -45, dy: 4, ms: 600 }, "none"],
    ["far down", { dx: 20, dy: 200, ms: 900 }, "close"],
    ["a flick down", { dx: 5, dy: 60, ms: 90 }, "close"],
    ["up, however far", { dx: 0, dy: -400, ms: 100 }, "none"],
    ["a tap that trembles", { dx: 4, dy: 3, ms: 60 }, "none"],
    ["a quick tremble", { dx: 12, dy: 0, ms: 1 }, "none"],
  ] as const)("%s", (_, drag, meaning) => {
    expect(meaningOf(drag, W, H)).toBe(meaning);
  });

  it("keeps to the axis it went further along", () => {
    expect(axisOf(3, 4)).toBeNull();
    expect(axisOf(30, 20)).toBe("x");
    expect(axisOf(20, -30)).toBe("y");
  });
});

describe("a key", () => {
  it.each([
    ["ArrowRight", "next"],
    ["ArrowLeft", "previous"],
    ["l", "like"],
    ["i", "details"],
    ["q", "none"],
  ] as const)("%s", (key, meaning) => {
    expect(meaningOfKey(key)).toBe(meaning);
  });
});
