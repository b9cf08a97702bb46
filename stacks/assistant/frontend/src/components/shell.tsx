"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { ask, door } from "../lib/api";
import { type Theme, applyTheme, nextTheme, storedTheme } from "../lib/theme";
import type { Session } from "../lib/types";
import { Entrance } from "./entrance";
import { Icon, type IconName } from "./icon";

const PLACES: readonly { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "Overview", icon: "overview" },
  { to: "/dialogues", name: "Dialogues", icon: "dialogues" },
  { to: "/chat", name: "Chat", icon: "chat" },
];

/** The frame of every page, or the entrance where one has to sign in. */
export function Shell({ children }: { children: ReactNode }) {
  const isShut = useSyncExternalStore(door.watch, door.isShut, () => false);
  if (isShut) return <Entrance />;
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link href="/" className="home">
          <Logo />
        </Link>
        <Places />
        <div className="tools">
          <ThemeButton />
          <SignOut />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" />
        <path d="M8 10.5A2.5 2.5 0 0 1 10.5 8h11A2.5 2.5 0 0 1 24 10.5v7a2.5 2.5 0 0 1-2.5 2.5H15l-4.5 4v-4A2.5 2.5 0 0 1 8 17.5z" />
      </svg>
      <span>Systech assistant</span>
    </span>
  );
}

function Places() {
  const here = usePathname();
  const isHere = (to: string) => (to === "/" ? here === "/" : here.startsWith(to));
  return (
    <nav className="places" aria-label="Places">
      {PLACES.map(({ to, name, icon }) => (
        <Link key={to} href={to} aria-current={isHere(to) ? "page" : undefined}>
          <Icon name={icon} />
          <span>{name}</span>
        </Link>
      ))}
    </nav>
  );
}

const THEMES: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => setTheme(storedTheme()), []);
  const change = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      className="icon-button"
      onClick={change}
      aria-label={`Colours: ${THEMES[theme]}. Change`}
      title={`Colours: ${THEMES[theme]}`}
    >
      <Icon name={theme} />
    </button>
  );
}

/** Only where there is a password. Its place is kept, so that nothing moves. */
function SignOut() {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    ask<Session>("/api/session").then(setSession, () => undefined);
  }, []);
  const leave = async () => {
    await ask("/api/session", { method: "DELETE" }).catch(() => undefined);
    door.shut();
  };
  if (!session?.password) return <span className="icon-button" />;
  return (
    <button type="button" className="icon-button" onClick={leave} aria-label="Sign out" title="Sign out">
      <Icon name="out" />
    </button>
  );
}
