const PATHS = {
  cart: "M3 4h2l2.2 11.2a1 1 0 0 0 1 .8h8.9a1 1 0 0 0 1-.8L20 7.5H6 M9 20.2h.01M17 20.2h.01",
  person: "M12 12.2a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 8.3c.7-3.6 4-5.5 8-5.5s7.3 1.9 8 5.5",
  search: "M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5",
};

/** Beside words, never instead of them: it is not read out. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg aria-hidden viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" strokeWidth="1.7"
      strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
