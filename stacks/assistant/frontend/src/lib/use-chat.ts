import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, ask } from "./api";
import { chat } from "./stream";
import type { Conversation, Message } from "./types";

export type Said = Pick<Message, "role" | "content"> & { id: string; status: Message["status"] | "coming" };

type Chat = {
  said: Said[];
  isLoading: boolean;
  isAnswering: boolean;
  error: string | undefined;
  /** The last whole answer, for ears. */
  heard: string;
  ask: (text: string) => Promise<boolean>;
  stop: () => void;
  begin: () => void;
};

const KEY = "dialogue";

/** One dialogue on the web. Its key is in the address, so that a reload goes on with it. */
export function useChat(): Chat {
  const [said, setSaid] = useState<Said[]>([]);
  const [isLoading, setLoading] = useState(true);
  const [isAnswering, setAnswering] = useState(false);
  const [error, setError] = useState<string>();
  const [heard, setHeard] = useState("");
  const dialogue = useRef<string>(undefined);
  const abort = useRef<AbortController>(undefined);

  useEffect(() => {
    const key = new URLSearchParams(location.search).get(KEY);
    if (!key) {
      setLoading(false);
      return;
    }
    const leaving = new AbortController();
    ask<Conversation>(`/api/dialogues/${encodeURIComponent(key)}`, { signal: leaving.signal }).then(
      (found) => {
        dialogue.current = found.dialogue.source === "web" ? key : undefined;
        if (dialogue.current) setSaid(found.messages.map(({ id, ...message }) => ({ ...message, id: String(id) })));
        setLoading(false);
      },
      (reason: Error) => {
        if (leaving.signal.aborted) return;
        setLoading(false);
        if (!(reason instanceof ApiError && reason.status === 404)) setError(reason.message);
        else remember(undefined);
      },
    );
    return () => leaving.abort();
  }, []);

  useEffect(() => () => abort.current?.abort(), []);

  const answer = (change: (last: Said) => Said) =>
    setSaid((before) => [...before.slice(0, -1), ...before.slice(-1).map(change)]);

  const say = async (text: string): Promise<boolean> => {
    const stopping = new AbortController();
    abort.current = stopping;
    setError(undefined);
    setHeard("");
    setAnswering(true);
    const number = Date.now();
    setSaid((before) => [
      ...before,
      { id: `q${number}`, role: "user", content: text, status: "complete" },
      { id: `a${number}`, role: "assistant", content: "", status: "coming" },
    ]);
    let whole = "";
    let isKept = false;
    try {
      for await (const event of chat(text, dialogue.current, stopping.signal)) {
        if (event.name === "begin") {
          isKept = true;
          dialogue.current = event.dialogue;
          remember(event.dialogue);
        } else if (event.name === "piece") {
          whole += event.text;
          answer((last) => ({ ...last, content: last.content + event.text }));
        } else {
          answer((last) => ({ ...last, status: event.status as Said["status"] }));
          setHeard(whole);
        }
      }
      // A stream that simply ends was cut; where it ended as it should this changes nothing.
      answer((last) => (last.status === "coming" ? { ...last, status: "failed" } : last));
    } catch (reason) {
      const isStopped = stopping.signal.aborted;
      if (!isStopped) setError((reason as Error).message);
      if (isKept) answer((last) => ({ ...last, status: isStopped ? "stopped" : "failed" }));
      else setSaid((before) => before.slice(0, -2));
    } finally {
      setAnswering(false);
    }
    return isKept;
  };

  const begin = useCallback(() => {
    abort.current?.abort();
    dialogue.current = undefined;
    remember(undefined);
    setSaid([]);
    setError(undefined);
    setHeard("");
  }, []);

  return { said, isLoading, isAnswering, error, heard, ask: say, stop: () => abort.current?.abort(), begin };
}

function remember(key: string | undefined): void {
  const address = new URL(location.href);
  if (key) address.searchParams.set(KEY, key);
  else address.searchParams.delete(KEY);
  history.replaceState(history.state, "", address);
}
