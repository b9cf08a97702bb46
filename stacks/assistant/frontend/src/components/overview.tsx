"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { ago, count, day, milliseconds, several, zone } from "../lib/format";
import type { Page, Statistics, Status } from "../lib/types";
import { useLive } from "../lib/use-live";
import { type Bar, Chart } from "./chart";
import { DialogueRow } from "./dialogue-row";
import { Bones, Empty, Failure, Stale } from "./states";

const PERIODS = [7, 30, 90] as const;
type Period = (typeof PERIODS)[number];
const SOURCES = [
  { name: "Telegram", className: "telegram" },
  { name: "Web", className: "web" },
];
const LATEST = 5;

export function Overview() {
  const [days, setDays] = useState<Period>(7);
  const statistics = useLive<Statistics>(`/api/statistics?days=${days}&zone=${encodeURIComponent(zone())}`);
  const status = useLive<Status>("/api/status");
  const latest = useLive<Page>("/api/dialogues");
  const { data, error, retry } = statistics;
  if (error && !data) return <Failure error={error} onRetry={retry} />;
  return (
    <div className="overview" aria-busy={!data}>
      <div className="head">
        <h1>Overview</h1>
        <Periods chosen={days} onChoose={setDays} />
      </div>
      {error && <Stale error={error} />}
      <StatusLine status={status.data} />
      <Tiles figures={data} days={days} />
      <div className="wide">
        <Chart title="Questions a day" parts={SOURCES} bars={data ? dayBars(data) : bones(days)} every={Math.ceil(days / 7)} />
      </div>
      <Chart
        title="Questions by hour"
        parts={[{ name: "Questions", className: "all" }]}
        bars={data ? hourBars(data.hours) : bones(24)}
        every={6}
      />
      <Panel title="Most questions">
        {data ? <People people={data.people} /> : <Bones lines={5} />}
      </Panel>
      <Panel title="Latest dialogues" link={<Link href="/dialogues">All dialogues</Link>}>
        {latest.data ? <Latest page={latest.data} /> : <Bones lines={8} />}
      </Panel>
    </div>
  );
}

function Periods({ chosen, onChoose }: { chosen: Period; onChoose: (days: Period) => void }) {
  return (
    <fieldset className="choice">
      <legend className="unseen">Period</legend>
      {PERIODS.map((days) => (
        <label key={days}>
          <input type="radio" name="period" checked={days === chosen} onChange={() => onChoose(days)} />
          <span>{days} days</span>
        </label>
      ))}
    </fieldset>
  );
}

function StatusLine({ status }: { status: Status | undefined }) {
  if (!status) return <p className="status"><Bones /></p>;
  const { model, bot } = status;
  return (
    <p className="status">
      <span>
        <i className={bot.connected ? "lamp on" : "lamp off"} aria-hidden="true" />
        {bot.connected ? "Telegram bot: connected" : "Telegram bot: not connected"}
      </span>
      <span>
        <i className={model ? "lamp on" : "lamp off"} aria-hidden="true" />
        {model ? `Language model: ${model}` : "Offline: no language model is connected, and the assistant says so"}
      </span>
    </p>
  );
}

function Tiles({ figures, days }: { figures: Statistics | undefined; days: number }) {
  const { totals, before } = figures ?? {};
  const change = (now: number, then: number) => {
    const sign = now === then ? "as many as" : now > then ? `${count(now - then)} more than` : `${count(then - now)} fewer than`;
    return `${sign} in the ${days} days before`;
  };
  return (
    <dl className="tiles">
      <Tile name="Questions" note={totals && before && change(totals.questions, before.questions)}>
        {totals && count(totals.questions)}
      </Tile>
      <Tile name="People on Telegram" note={totals && before && change(totals.people, before.people)}>
        {totals && count(totals.people)}
      </Tile>
      <Tile name="Answers" note={totals && trouble(totals)}>
        {totals && count(totals.answers)}
      </Tile>
      <Tile
        name="First word after"
        note={totals && (totals.first_word_slow_ms === null ? "no answers yet" : `95 of 100 within ${milliseconds(totals.first_word_slow_ms)}`)}
      >
        {totals && milliseconds(totals.first_word_median_ms)}
      </Tile>
    </dl>
  );
}

function trouble({ offline, failed }: Statistics["totals"]): string {
  const said = [offline && `${count(offline)} said to be offline`, failed && `${count(failed)} failed`].filter(Boolean);
  return said.length > 0 ? said.join(", ") : "none failed";
}

function Tile({ name, note, children }: { name: string; note: string | undefined; children: ReactNode }) {
  return (
    <div className="card tile">
      <dt>{name}</dt>
      <dd>{children ?? <Bones />}</dd>
      <dd className="quiet">{note ?? <Bones />}</dd>
    </div>
  );
}

function Panel({ title, link, children }: { title: string; link?: ReactNode; children: ReactNode }) {
  return (
    <section className="card panel">
      <div className="head">
        <h2>{title}</h2>
        {link}
      </div>
      {children}
    </section>
  );
}

function People({ people }: { people: Statistics["people"] }) {
  if (people.length === 0) return <p className="quiet">Nobody has written on Telegram in these days.</p>;
  const most = people[0]?.questions ?? 1;
  return (
    <ol className="people">
      {people.map((person) => (
        <li key={`${person.name} ${person.last_at}`}>
          <span>
            {person.name} {person.username && <small>@{person.username}</small>}
          </span>
          <span className="quiet">
            {several(person.questions, "question")}, {ago(person.last_at)}
          </span>
          <i style={{ width: `${(person.questions / most) * 100}%` }} aria-hidden="true" />
        </li>
      ))}
    </ol>
  );
}

function Latest({ page }: { page: Page }) {
  if (page.items.length === 0)
    return (
      <Empty icon="dialogues" title="Nothing was said yet">
        <p>Write to the bot on Telegram, or in the chat here.</p>
        <Link className="button" href="/chat">
          To the chat
        </Link>
      </Empty>
    );
  return (
    <ul className="rows">
      {page.items.slice(0, LATEST).map((dialogue) => (
        <DialogueRow key={dialogue.key} dialogue={dialogue} />
      ))}
    </ul>
  );
}

const dayBars = (data: Statistics): Bar[] =>
  data.days.map(({ date, telegram, web }) => ({ label: day(date), long: day(date, "long"), values: [telegram, web] }));

const hourBars = (hours: number[]): Bar[] =>
  hours.map((n, hour) => ({ label: `${hour}:00`, long: `${hour}:00 to ${hour + 1}:00`, values: [n] }));

/** As many empty places as there will be bars. */
const bones = (n: number): Bar[] => Array.from({ length: n }, (_, at) => ({ label: "", long: String(at), values: [] }));
