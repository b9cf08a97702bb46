/**
 * The secret of a link, which is behind the # so that no server sees it. It is taken out of the address at once, and
 * kept in case the page is drawn again.
 */
const taken = new Map<string, string>();

export function secretOfLink(): string {
  const path = location.pathname;
  const found = location.hash.slice(1);
  if (found) {
    taken.set(path, found);
    history.replaceState(history.state, "", path);
  }
  return taken.get(path) ?? "";
}
