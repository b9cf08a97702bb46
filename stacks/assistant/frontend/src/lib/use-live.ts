import { useEffect, useRef, useState } from "react";
import { ApiError, ask } from "./api";
import { onChange } from "./changes";

export type Live<T> = { data: T | undefined; error: Error | undefined; retry: () => void };

const RETRY_MS = 3000;

/**
 * What the API answers to `path`, asked again whenever something has changed there. What was shown stays until the new answer is
 * there. After a failure that may pass it is asked again every few seconds. Without a path nothing is asked.
 */
export function useLive<T>(path: string | undefined): Live<T> {
  const [state, setState] = useState<{ path: string | undefined; data?: T; error?: Error }>({ path });
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    let isStale = false;

    /** One request at a time: a change during it is one more afterwards, so that a busy system is still shown. */
    const load = async () => {
      isStale = true;
      if (isAsking) return;
      isAsking = true;
      clearTimeout(timer);
      while (isStale && !abort.signal.aborted) {
        isStale = false;
        try {
          const data = await ask<T>(path, { signal: abort.signal });
          setState({ path, data });
        } catch (error) {
          if (abort.signal.aborted) break;
          setState((before) => ({ ...(before.path === path ? before : { path }), error: error as Error }));
          if (isPassing(error)) timer = setTimeout(load, RETRY_MS);
        }
      }
      isAsking = false;
    };
    again.current = load;
    load();
    const deaf = onChange(load);
    return () => {
      deaf();
      abort.abort();
      clearTimeout(timer);
    };
  }, [path]);

  const current = state.path === path ? state : { data: undefined, error: undefined };
  return { data: current.data, error: current.error, retry: () => again.current() };
}

/** Will it go by itself? */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}
