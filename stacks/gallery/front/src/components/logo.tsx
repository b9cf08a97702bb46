export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="8" className="logo-ground" />
        <circle cx="21.5" cy="11" r="3.2" className="logo-sun" />
        <path
          d="M5 24.5 12.4 13a1.4 1.4 0 0 1 2.4 0l5 8 1.9-2.7a1.4 1.4 0 0 1 2.3 0L27 24.5z"
          className="logo-hills"
        />
      </svg>
      <span>Max Gallery</span>
    </span>
  );
}
