"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { ask } from "../lib/api";
import { moment, several } from "../lib/format";
import type { Conversation, Dialogue, Message, Page, Source } from "../lib/types";
import { useLive } from "../lib/use-live";
import { Bubble } from "./bubble";
import { DialogueRow, who } from "./dialogue-row";
import { Icon } from "./icon";
import { Bones, Empty, Failure, Stale } from "./states";

const TYPING_MS = 250;
const FILTERS: readonly { name: string; source: Source | "" }[] = [
  { name: "All", source: "" },
  { name: "Telegram", source: "telegram" },
  { name: "Web", source: "web" },
];

/** The list, and beside it (on a phone: in its place) the dialogue that was chosen. */
export function Dialogues() {
  const key = useSearchParams().get("id") ?? undefined;
  return (
    <div className="dialogues" data-shown={key ? "one" : "list"}>
      <h1 className="unseen without-list">Dialogues</h1>
      <List shown={key} />
      {key ? (
        <One key={key} id={key} />
      ) : (
        <div className="one">
          <Empty icon="dialogues" title="Choose a dialogue">
            <p>What is said in it appears here as it is said.</p>
          </Empty>
        </div>
      )}
    </div>
  );
}

function List({ shown }: { shown: string | undefined }) {
  const [typed, setTyped] = useState("");
  const [words, setWords] = useState("");
  const [source, setSource] = useState<Source | "">("");
  useEffect(() => {
    const timer = setTimeout(() => setWords(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const asked = new URLSearchParams({ ...(words && { q: words }), ...(source && { source }) });
  const first = useLive<Page>(`/api/dialogues?${asked}`);
  const { items, more } = useMore(first.data, asked.toString());

  return (
    <section className="list" aria-label="Dialogues">
      <h1>Dialogues</h1>
      <form role="search" className="search" onSubmit={(event) => event.preventDefault()}>
        <Icon name="search" />
        <input
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="Words or people"
          aria-label="Search dialogues by words or people"
          maxLength={200}
        />
      </form>
      <fieldset className="choice">
        <legend className="unseen">Where</legend>
        {FILTERS.map((filter) => (
          <label key={filter.name}>
            <input type="radio" name="source" checked={filter.source === source} onChange={() => setSource(filter.source)} />
            <span>{filter.name}</span>
          </label>
        ))}
      </fieldset>
      <p className="unseen" role="status">
        {first.data && (words || source) ? several(items.length, "dialogue") + (more ? " or more" : "") : ""}
      </p>
      {first.error && !first.data && <Failure error={first.error} onRetry={first.retry} />}
      {first.error && first.data && <Stale error={first.error} />}
      {!first.data && !first.error && <Bones lines={16} />}
      {first.data && items.length === 0 && (
        <Empty icon="search" title={words || source ? "Nothing found" : "Nothing was said yet"} />
      )}
      <ul className="rows">
        {items.map((dialogue) => (
          <DialogueRow key={dialogue.key} dialogue={dialogue} isShown={dialogue.key === shown} />
        ))}
      </ul>
      {more && (
        <button type="button" className="button plain" onClick={more}>
          Older dialogues
        </button>
      )}
    </section>
  );
}

/** The first page is live; those after it are fetched when they are asked for. */
function useMore(first: Page | undefined, asked: string) {
  const [older, setOlder] = useState<{ asked: string; items: Dialogue[]; next: string | null }>();
  const mine = older?.asked === asked ? older : undefined;
  const next = mine ? mine.next : first?.next;
  const known = new Set(first?.items.map((dialogue) => dialogue.key));
  const items = [...(first?.items ?? []), ...(mine?.items.filter((dialogue) => !known.has(dialogue.key)) ?? [])];
  const load = async () => {
    const page = await ask<Page>(`/api/dialogues?${asked}&after=${next}`).catch(() => undefined);
    if (page) setOlder({ asked, items: [...(mine?.items ?? []), ...page.items], next: page.next });
  };
  return { items, more: next ? load : undefined };
}

function One({ id }: { id: string }) {
  const { data, error, retry } = useLive<Conversation>(`/api/dialogues/${encodeURIComponent(id)}`);
  const [earlier, setEarlier] = useState<{ messages: Message[]; more: boolean }>();
  const log = useRef<HTMLDivElement>(null);
  const wasAtEnd = useRef(true);
  const newest = data?.messages.at(-1)?.id;

  // Whoever reads the end goes on reading the end; whoever has scrolled up is left alone.
  useLayoutEffect(() => {
    if (newest !== undefined && wasAtEnd.current) log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [newest]);

  if (error && !data) return <div className="one"><Failure error={error} onRetry={retry} /></div>;
  if (!data) return <div className="one"><Bones lines={12} /></div>;

  const { dialogue } = data;
  const known = new Set(data.messages.map((message) => message.id));
  const messages = [...(earlier?.messages.filter((message) => !known.has(message.id)) ?? []), ...data.messages];
  const hasMore = earlier ? earlier.more : data.earlier;
  const load = async () => {
    const path = `/api/dialogues/${encodeURIComponent(id)}?before=${messages[0]?.id}`;
    const found = await ask<Conversation>(path).catch(() => undefined);
    if (found) setEarlier({ messages: [...found.messages, ...messages], more: found.earlier });
  };
  const scrolled = () => {
    const box = log.current;
    if (box) wasAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  };

  return (
    <section className="one" aria-label={`Dialogue with ${who(dialogue)}`}>
      <header>
        <Link href="/dialogues" className="icon-button back" aria-label="Back to the list" scroll={false}>
          <Icon name="back" />
        </Link>
        <div>
          <h2>{who(dialogue)}</h2>
          <p className="quiet">
            {dialogue.username && `@${dialogue.username} · `}
            {dialogue.source === "web" ? "on the web" : "on Telegram"} · {several(dialogue.messages, "message")} · since{" "}
            {moment(dialogue.created_at)}
          </p>
        </div>
        {dialogue.source === "web" && (
          <Link className="button plain" href={`/chat?dialogue=${dialogue.key}`}>
            Go on
          </Link>
        )}
      </header>
      {error && <Stale error={error} />}
      <div className="log" ref={log} onScroll={scrolled} tabIndex={0} role="log" aria-label="Messages">
        {hasMore && (
          <button type="button" className="button plain" onClick={load}>
            Earlier messages
          </button>
        )}
        <ol>
          {messages.map((message) => (
            <Bubble key={message.id} message={message} person={who(dialogue)} />
          ))}
        </ol>
      </div>
    </section>
  );
}
