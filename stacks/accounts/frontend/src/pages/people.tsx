import { useEffect, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { usePeople } from "../api/queries";
import type { Profile } from "../api/types";
import { Avatar } from "../components/avatar";
import { Icon } from "../components/icon";
import { Empty, ErrorState, Heading } from "../components/states";

const TYPING_MS = 250;
const PLACEHOLDERS = 6;

export function PeoplePage() {
  const [params] = useSearchParams();
  const words = params.get("q") ?? "";
  const people = usePeople(words);
  const found = people.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="column">
      <Heading title="People">People</Heading>
      <Search words={words} />
      <p className="unseen" role="status">
        {people.isSuccess && words ? `${found.length}${people.hasNextPage ? " or more" : ""} found` : ""}
      </p>
      {people.isPending ? (
        <Placeholders />
      ) : people.isError ? (
        <ErrorState error={people.error} onRetry={() => void people.refetch()} />
      ) : found.length === 0 ? (
        <Empty icon="people" title={words ? "Nobody found" : "Nobody is here yet"}>
          <p>{words ? "Try the beginning of a name, a place or what somebody does." : "You are hidden, and so is everyone else."}</p>
        </Empty>
      ) : (
        <ul className="people" aria-busy={people.isPlaceholderData}>
          {found.map((person) => (
            <Row key={person.id} person={person} />
          ))}
        </ul>
      )}
      {people.hasNextPage && (
        <button type="button" className="button more" disabled={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
          {people.isFetchingNextPage ? "One moment…" : "Show more"}
        </button>
      )}
    </div>
  );
}

function Row({ person }: { person: Profile }) {
  return (
    <li>
      <Link href={`/people/${person.id}`} className="person">
        <Avatar person={person} />
        <span className="person-words">
          <b>{person.name}</b>
          <span>{[person.headline, person.place].filter(Boolean).join(" · ") || " "}</span>
        </span>
      </Link>
    </li>
  );
}

/** The list before it is there, of the same height. */
function Placeholders() {
  return (
    <ul className="people" role="status" aria-label="Loading people">
      {Array.from({ length: PLACEHOLDERS }, (_, n) => (
        <li key={n} className="person placeholder" aria-hidden="true">
          <span className="avatar" />
          <span className="person-words">
            <i />
            <i />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Searches while one types; the words are in the address, so Back and a reload keep them. */
function Search({ words }: { words: string }) {
  const [, go] = useLocation();
  const [text, setText] = useState(words);
  useEffect(() => setText(words), [words]);
  const search = () => {
    const asked = text.trim();
    if (asked !== words) go(asked ? `/?${new URLSearchParams({ q: asked })}` : "/", { replace: words !== "" });
  };
  useEffect(() => {
    const timer = setTimeout(search, TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="Name, place, what somebody does"
        aria-label="Search people"
        maxLength={200}
      />
    </form>
  );
}
