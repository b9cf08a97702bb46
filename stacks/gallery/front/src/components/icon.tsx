/** Line icons, drawn on a 24 grid. They are decoration: the control they are in has the name. */

const PATHS = {
  photos: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.2h.01",
  albums: "M4 8h16v11H4zM6.5 5h11",
  heart: "M12 19.5C5.5 15 4 12 4 9.3A4.3 4.3 0 0 1 12 7.2a4.3 4.3 0 0 1 8 2.1c0 2.7-1.5 5.7-8 10.2z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM20 20l-4.8-4.8",
  close: "M6 6l12 12M18 6 6 18",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  comment: "M4 5h16v11H10l-4.5 4v-4H4z",
  download: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7",
  edit: "M4 20l1-4.5L16 4.5 19.5 8 8.5 19z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4h-4",
  check: "M5 12.5l4.5 4.5L19 7",
  alert: "M12 8.5v5M12 16.8h.01M12 4l9 16H3z",
  out: "M14 5H5v14h9M11 12h9M17 8.5l3.5 3.5-3.5 3.5",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v1.5M12 19.5V21M4.5 12H3M21 12h-1.5M6 6l1 1M17 17l1 1M18 6l-1 1M7 17l-1 1",
  dark: "M19.5 14.2A7.8 7.8 0 0 1 9.8 4.5a7.8 7.8 0 1 0 9.7 9.7z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className={filled ? "icon icon-filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
