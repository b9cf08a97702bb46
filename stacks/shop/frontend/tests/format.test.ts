import { describe, expect, test } from "vitest";
import { date, many, money, pageNumbers, stockWords } from "@/lib/format";

test("money and days are written in one way, wherever the page is made", () => {
  expect(money("14.5")).toBe("€14.50");
  expect(money(1200)).toBe("€1,200.00");
  expect(date("2026-03-04T23:59:00Z")).toBe("4 March 2026");
});

test("one is not many", () => {
  expect([many(0, "item"), many(1, "item"), many(2, "item")]).toEqual(["0 items", "1 item", "2 items"]);
});

test("the stock is worth a word when it runs out", () => {
  expect([0, 1, 5, 6].map(stockWords)).toEqual(["Sold out", "Only 1 left", "Only 5 left", ""]);
});

describe("page numbers", () => {
  test.each([
    [1, 1, [1]],
    [1, 3, [1, 2, 3]],
    [1, 9, [1, 2, 0, 9]],
    [5, 9, [1, 0, 4, 5, 6, 0, 9]],
    [9, 9, [1, 0, 8, 9]],
  ])("%i of %i", (page, pages, shown) => {
    expect(pageNumbers(page, pages)).toEqual(shown);
  });
});
