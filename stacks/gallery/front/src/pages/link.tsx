import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { session } from "../api/session";
import { Empty, Splash } from "../components/states";

/** Where a one-time link of the bot leads. The token is after the #, and leaves the address at once. */
export function LinkPage() {
  const [, go] = useLocation();
  const [error, setError] = useState<string | null>(null);
  const used = useRef(false);
  useEffect(() => {
    if (used.current) return; // a link works once, and effects may run twice
    used.current = true;
    const token = window.location.hash.slice(1);
    window.history.replaceState(null, "", window.location.pathname);
    session.useLink(token).then(
      () => go("/", { replace: true }),
      (refused: Error) => setError(refused.message),
    );
  }, [go]);
  if (error === null) return <Splash />;
  return (
    <main className="entrance">
      <Empty icon="lock" title="This link does not work">
        <p role="alert">{error}</p>
        <a className="button" href="/">
          To the gallery
        </a>
      </Empty>
    </main>
  );
}
