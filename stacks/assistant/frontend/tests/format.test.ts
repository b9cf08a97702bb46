import { expect, test } from "vitest";
import { ago, day, milliseconds, several, top } from "../src/lib/format";

test("the top of an axis can be halved", () => {
  expect([0, 1, 2, 3, 5, 7, 10, 11, 45, 99, 1000, 1001].map(top)).toEqual([2, 2, 2, 4, 6, 10, 10, 20, 60, 100, 1000, 2000]);
});

test("how long ago", () => {
  const now = Date.UTC(2025, 9, 18, 12);
  expect(ago(now + 5000, now)).toBe("just now");
  expect(ago(now - 59 * 60_000, now)).toBe("59 min ago");
  expect(ago(now - 25 * 3_600_000, now)).toBe("1 day ago");
  expect(ago(now - 30 * 86_400_000, now)).toMatch("2025");
});

test("numbers and days", () => {
  expect([milliseconds(null), milliseconds(0), milliseconds(999), milliseconds(1500)]).toEqual(["–", "0 ms", "999 ms", "1.5 s"]);
  expect([several(1, "question"), several(1200, "question")]).toEqual(["1 question", "1,200 questions"]);
  expect([day("2025-10-18"), day("2025-10-18", "long")]).toEqual(["18 Oct", "Saturday 18 Oct"]);
});
