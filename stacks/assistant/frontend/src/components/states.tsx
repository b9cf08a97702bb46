import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon";

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="state" role="alert">
      <Icon name="alert" />
      <h2>That did not work</h2>
      <p>{error.message}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** What was shown stays below this line while the server is away. */
export function Stale({ error }: { error: Error }) {
  return (
    <p className="stale" role="status">
      <Icon name="alert" /> {error.message}
    </p>
  );
}

/** Grey lines where text is about to be. */
export function Bones({ lines = 1 }: { lines?: number }) {
  return (
    <span className="bones" aria-hidden="true">
      {Array.from({ length: lines }, (_, n) => (
        <i key={n} />
      ))}
    </span>
  );
}
