const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const count = (n: number): string => n.toLocaleString("en-GB");

/** `one` for 1, else the plural with the number before it. */
export const several = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export function ago(then: number, now: number = Date.now()): string {
  const past = Math.max(0, now - then);
  if (past < MINUTE) return "just now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`;
  if (past < 7 * DAY) return several(Math.floor(past / DAY), "day") + " ago";
  return new Date(then).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

export const clock = (then: number): string =>
  new Date(then).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

export const moment = (then: number): string =>
  new Date(then).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** A day of the statistics, which has no time zone any more. */
export const day = (date: string, style: "short" | "long" = "short"): string =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", {
    timeZone: "UTC",
    day: "numeric",
    month: "short",
    ...(style === "long" && { weekday: "long" }),
  });

export function milliseconds(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The top of an axis: the next of 1, 2, 4, 6 × 10ⁿ, so that half of it is a good number too; at least 2. */
export function top(highest: number): number {
  if (highest <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(highest));
  for (const step of [1, 2, 4, 6, 10]) if (step * power >= highest) return step * power;
  return 10 * power;
}
