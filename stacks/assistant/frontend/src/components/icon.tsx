/** Line icons, drawn on a 24 grid. They are decoration: the control they are in has the name. */
const PATHS = {
  overview: "M4 19h16M7 16v-5M12 16V6M17 16v-8",
  dialogues: "M4 5h11v8H9l-3 3v-3H4zM18 9h2v8h-2v3l-3-3h-4v-1",
  chat: "M4 5h16v11H11l-5 4v-4H4z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM20 20l-4.8-4.8",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  out: "M14 5H5v14h9M11 12h9M17 8.5l3.5 3.5-3.5 3.5",
  alert: "M12 8.5v5M12 16.8h.01M12 4l9 16H3z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  light:
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v1.5M12 19.5V21M4.5 12H3M21 12h-1.5M6 6l1 1M17 17l1 1M18 6l-1 1M7 17l-1 1",
  dark: "M19.5 14.2A7.8 7.8 0 0 1 9.8 4.5a7.8 7.8 0 1 0 9.7 9.7z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
