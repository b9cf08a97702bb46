// How a list of products is asked for: the query of a page's address, and what of it goes to the API.

export const SORTS = [
  ["newest", "Newest"],
  ["price", "Price, low to high"],
  ["-price", "Price, high to low"],
  ["name", "Name"],
] as const;

export type Query = Record<string, string | string[] | undefined>;

export type Listing = { search: string; category: string; sort: string; inStock: boolean; page: number };

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? "";

/** What an address asks for. What makes no sense in it is left out: an address may come from anywhere. */
export function listingOf(query: Query, category = ""): Listing {
  const sort = one(query.sort);
  const page = Number(one(query.page));
  return {
    search: one(query.q).trim().slice(0, 200),
    category,
    sort: SORTS.some(([name]) => name === sort) ? sort : "",
    inStock: one(query.stock) === "in",
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The query for the API. */
export function apiQuery(listing: Listing): string {
  const query = new URLSearchParams();
  if (listing.search) query.set("search", listing.search);
  if (listing.category) query.set("category", listing.category);
  if (listing.sort) query.set("sort", listing.sort);
  if (listing.inStock) query.set("in_stock", "true");
  if (listing.page > 1) query.set("page", String(listing.page));
  return query.size ? `?${query}` : "";
}

/** The address of the same list with something changed. A list that is another one begins at its first page. */
export function href(listing: Listing, change: Partial<Listing>): string {
  const next = { ...listing, page: 1, ...change };
  const query = new URLSearchParams();
  if (next.search) query.set("q", next.search);
  if (next.sort) query.set("sort", next.sort);
  if (next.inStock) query.set("stock", "in");
  if (next.page > 1) query.set("page", String(next.page));
  const path = next.category ? `/category/${next.category}` : next.search ? "/search" : "/";
  return query.size ? `${path}?${query}` : path;
}
