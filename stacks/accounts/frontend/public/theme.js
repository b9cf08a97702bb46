// Before the first paint, so that the page never flashes in the other theme. src/lib/theme.ts does the rest.
try {
  const chosen = localStorage.getItem("accounts.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is closed to us: the system's theme it is.
}
