// How numbers and days are written. One place and one language: the server and the browser must write the same.

const euro = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export const money = (amount: string | number) => euro.format(Number(amount));

export const date = (iso: string) => day.format(new Date(iso));

/** "1 item", "3 items". */
export const many = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What one should know of the stock before buying; nothing while there is plenty. */
export function stockWords(stock: number): string {
  if (stock === 0) return "Sold out";
  return stock <= 5 ? `Only ${stock} left` : "";
}

/** The numbers to show of so many pages: the first, the last, those around this one; 0 stands for a gap. */
export function pageNumbers(page: number, pages: number): number[] {
  const near = [1, page - 1, page, page + 1, pages].filter((n) => n >= 1 && n <= pages);
  const shown = [...new Set(near)].sort((a, b) => a - b);
  return shown.flatMap((n, at) => (at > 0 && n - shown[at - 1]! > 1 ? [0, n] : [n]));
}
