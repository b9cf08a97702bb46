import { type ReactNode, useEffect, useRef } from "react";
import { ApiError, OFFLINE } from "../api/client";
import { Icon, type IconName } from "./icon";
import { Logo } from "./logo";

/** While it is not yet known who is here. */
export function Splash() {
  return (
    <div className="splash" role="status" aria-label="Loading">
      <Logo />
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function ErrorState({ error, onRetry, full = false }: { error: Error; onRetry: () => void; full?: boolean }) {
  const words = error instanceof ApiError ? error.message : OFFLINE.message;
  return (
    <div className={full ? "state state-full" : "state"} role="alert">
      <Icon name="alert" />
      <h2>That did not work</h2>
      <p>{words}</p>
      <button type="button" className="button" onClick={onRetry}>
        <Icon name="retry" /> Try again
      </button>
    </div>
  );
}

/** The page's heading: gives the document its title, and takes the focus when one comes from another page. */
export function Heading({ children, title }: { children: ReactNode; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Roster`;
    if (moved) heading.current?.focus({ preventScroll: true });
    moved = true;
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

let moved = false;
