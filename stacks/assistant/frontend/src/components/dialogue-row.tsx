import Link from "next/link";
import { ago } from "../lib/format";
import type { Dialogue } from "../lib/types";

export const who = (dialogue: Dialogue): string => dialogue.name ?? "Web chat";

/** A dialogue in a list: who, when, the last words. */
export function DialogueRow({ dialogue, isShown = false }: { dialogue: Dialogue; isShown?: boolean }) {
  const speaker = dialogue.last_role === "assistant" ? "Assistant: " : "";
  return (
    <li>
      <Link href={`/dialogues?id=${dialogue.key}`} className="row" aria-current={isShown ? "true" : undefined} scroll={false}>
        <i className={`dot ${dialogue.source}`} aria-hidden="true" />
        <strong>{who(dialogue)}</strong>
        <time dateTime={new Date(dialogue.updated_at).toISOString()}>{ago(dialogue.updated_at)}</time>
        <span className="row-title">{dialogue.title}</span>
        <span className="row-last">
          {speaker}
          {dialogue.last}
        </span>
        <span className="unseen">on {dialogue.source === "web" ? "the web" : "Telegram"}</span>
      </Link>
    </li>
  );
}
