import { describe, expect, test } from "vitest";
import { apiQuery, href, listingOf } from "@/lib/listing";

describe("an address is taken apart", () => {
  test("as it is meant", () => {
    const listing = listingOf({ q: " blue mug ", sort: "-price", stock: "in", page: "3" }, "cups");
    expect(listing).toEqual({ search: "blue mug", category: "cups", sort: "-price", inStock: true, page: 3 });
  });

  test.each([{ sort: "stock" }, { page: "-1" }, { page: "1.5" }, { page: "x" }, { stock: "out" }, { q: ["", "b"] }])(
    "what makes no sense is left out: %o",
    (query) => {
      expect(listingOf(query)).toEqual({ search: "", category: "", sort: "", inStock: false, page: 1 });
    },
  );
});

test("and put together for the API", () => {
  expect(apiQuery(listingOf({}))).toBe("");
  expect(apiQuery(listingOf({ q: "tea & cups", page: "2", stock: "in" }))).toBe(
    "?search=tea+%26+cups&in_stock=true&page=2",
  );
});

test("another list begins at its first page; another page is of the same list", () => {
  const listing = listingOf({ sort: "price", page: "3" }, "cups");
  expect(href(listing, { sort: "name" })).toBe("/category/cups?sort=name");
  expect(href(listing, { page: 2 })).toBe("/category/cups?sort=price&page=2");
  expect(href(listingOf({ q: "mug" }), { inStock: true })).toBe("/search?q=mug&stock=in");
  expect(href(listingOf({}), {})).toBe("/");
});
