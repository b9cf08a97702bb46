import { milliseconds, moment } from "../lib/format";
import type { Message } from "../lib/types";

const NOTES: Partial<Record<Message["status"], string>> = {
  offline: "offline: no language model",
  failed: "the language model failed",
  stopped: "stopped",
};

export const note = (status: string): string | undefined => NOTES[status as Message["status"]];

/** A message of a dialogue, with what it took. */
export function Bubble({ message, person }: { message: Message; person: string }) {
  const facts = [
    moment(message.created_at),
    note(message.status),
    message.status === "complete" ? message.model : undefined,
    message.model && message.first_word_ms !== null ? `first word after ${milliseconds(message.first_word_ms)}` : undefined,
  ];
  return (
    <li className={`bubble ${message.role}`} data-status={message.status}>
      <span className="unseen">{message.role === "user" ? person : "Assistant"}: </span>
      <p>{message.content}</p>
      <small>{facts.filter(Boolean).join(" · ")}</small>
    </li>
  );
}
