import type { ReactNode } from "react";
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
