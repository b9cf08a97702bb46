import { type ReactNode, createContext, useCallback, useContext, useMemo, useRef, useState } from "react";

/** Short news at the edge of the page; screen readers speak it. */
interface Toast {
  id: number;
  text: string;
}

const Say = createContext<(text: string) => void>(() => {});

const SHOWN_MS = 5000;

export function useSay() {
  return useContext(Say);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const last = useRef(0);
  const say = useCallback((text: string) => {
    last.current += 1;
    const id = last.current;
    setToasts((shown) => [...shown.slice(-2), { id, text }]);
    setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  const value = useMemo(() => say, [say]);
  return (
    <Say.Provider value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <p key={toast.id} className="toast">
            {toast.text}
          </p>
        ))}
      </div>
    </Say.Provider>
  );
}
