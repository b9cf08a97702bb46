/** What the API answers; assistant/api has the same names. */
export type Source = "telegram" | "web";

export type Totals = {
  questions: number;
  answers: number;
  offline: number;
  failed: number;
  dialogues: number;
  people: number;
  tokens: number;
};

export type Statistics = {
  days: { date: string; telegram: number; web: number }[];
  hours: number[];
  totals: Totals & { first_word_median_ms: number | null; first_word_slow_ms: number | null };
  before: Totals;
  people: { name: string; username: string | null; questions: number; last_at: number }[];
};

export type Status = { version: string; model: string | null; bot: { connected: boolean; seconds: number | null } };

export type Dialogue = {
  key: string;
  source: Source;
  title: string;
  created_at: number;
  updated_at: number;
  name: string | null;
  username: string | null;
  messages: number;
  last: string;
  last_role: "user" | "assistant";
};

export type Message = {
  id: number;
  role: "user" | "assistant";
  content: string;
  status: "complete" | "offline" | "stopped" | "failed";
  created_at: number;
  model: string | null;
  first_word_ms: number | null;
  duration_ms: number | null;
  tokens: number | null;
};

export type Page = { items: Dialogue[]; next: string | null };
export type Conversation = { dialogue: Dialogue; messages: Message[]; earlier: boolean };
export type Session = { signed_in: boolean; password: boolean };
