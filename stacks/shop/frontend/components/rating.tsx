import { many } from "@/lib/format";

/** Stars for the eye, words for the ear. */
export function Rating({ value, count }: { value: number; count?: number }) {
  const shown = Math.round(value * 10) / 10;
  const from = count === undefined ? "" : `, from ${many(count, "review")}`;
  return (
    <span className="rating" role="img" aria-label={`${shown} of 5 stars${from}`}>
      <span aria-hidden>★ {shown.toFixed(count === undefined ? 0 : 1)}</span>
      {count !== undefined && <span aria-hidden className="quiet"> ({count})</span>}
    </span>
  );
}
