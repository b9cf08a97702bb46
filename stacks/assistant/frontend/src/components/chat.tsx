"use client";

import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Status } from "../lib/types";
import { useLive } from "../lib/use-live";
import { type Said, useChat } from "../lib/use-chat";
import { note } from "./bubble";
import { Icon } from "./icon";
import { Bones } from "./states";

const LONGEST = 8000;

export function Chat() {
  const chat = useChat();
  const status = useLive<Status>("/api/status");
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const wasAtEnd = useRef(true);

  useLayoutEffect(() => {
    if (wasAtEnd.current) log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [chat.said]);

  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) field.current?.focus(); // on a phone it would call the keyboard
  }, []);

  const scrolled = () => {
    const box = log.current;
    if (box) wasAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  };

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    const words = text.trim();
    if (!words || chat.isAnswering) return;
    setText("");
    wasAtEnd.current = true;
    if (!(await chat.ask(words))) setText((typed) => typed || words); // it did not arrive: nothing is to be typed again
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  const begin = () => {
    chat.begin();
    field.current?.focus();
  };

  return (
    <div className="chat">
      <div className="head">
        <h1>Chat</h1>
        <button type="button" className="button plain" onClick={begin} disabled={chat.said.length === 0}>
          <Icon name="plus" /> New dialogue
        </button>
      </div>
      <div className="log" ref={log} onScroll={scrolled} tabIndex={0} role="region" aria-label="Messages">
        {chat.isLoading && <Bones lines={6} />}
        {!chat.isLoading && chat.said.length === 0 && <Welcome status={status.data} />}
        <ol>
          {chat.said.map((said) => (
            <Line key={said.id} said={said} />
          ))}
        </ol>
      </div>
      <p className="unseen" role="status">
        {chat.isAnswering ? "The assistant is answering" : chat.heard && `Assistant: ${chat.heard}`}
      </p>
      <p className="wrong" role="alert">
        {chat.error}
      </p>
      <form className="composer" onSubmit={send}>
        <textarea
          ref={field}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKey}
          rows={1}
          maxLength={LONGEST}
          placeholder="Write a message"
          aria-label="Message"
          aria-describedby="keys"
          enterKeyHint="send"
        />
        {chat.isAnswering ? (
          <button type="button" className="round" onClick={chat.stop} aria-label="Stop the answer" title="Stop the answer">
            <Icon name="stop" />
          </button>
        ) : (
          <button className="round" disabled={!text.trim()} aria-label="Send" title="Send">
            <Icon name="send" />
          </button>
        )}
      </form>
      <p id="keys" className="quiet keys">
        Enter sends, Shift and Enter begin a new line.
      </p>
    </div>
  );
}

function Welcome({ status }: { status: Status | undefined }) {
  const words = status?.model
    ? `You talk to ${status.model}, with the same instructions as the bot on Telegram.`
    : "The assistant is offline: no language model is connected. It keeps what you write, and says that it has no answer.";
  return (
    <div className="state">
      <Icon name="chat" />
      <h2>Ask the assistant</h2>
      <p>{status ? words : <Bones lines={2} />}</p>
    </div>
  );
}

function Line({ said }: { said: Said }) {
  const isComing = said.status === "coming";
  return (
    <li className={`bubble ${said.role}`} data-status={said.status}>
      <span className="unseen">{said.role === "user" ? "You" : "Assistant"}: </span>
      <p>{said.content || (isComing ? <span className="dots" aria-label="thinking"><i /><i /><i /></span> : "")}</p>
      {said.role === "assistant" && note(said.status) && <small>{note(said.status)}</small>}
    </li>
  );
}
