import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { useMe } from "../api/queries";
import { session } from "../api/session";
import { type Theme, applyTheme, nextTheme, storedTheme } from "../lib/theme";
import { Icon, type IconName } from "./icon";
import { Logo } from "./logo";
import { useSay } from "./toasts";

const PLACES: readonly { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "People", icon: "people" },
  { to: "/me", name: "Your profile", icon: "person" },
];

export function Shell({ children }: { children: ReactNode }) {
  useMe(); // being here makes a profile: whoever signs in can be found
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link href="/" className="home" aria-label="Roster, home">
          <Logo />
        </Link>
        <Places />
        <div className="top-tools">
          <ThemeButton />
          <SignOutButton />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Places() {
  const [here] = useLocation();
  const isHere = (to: string) => (to === "/" ? here === "/" || here.startsWith("/people/") : here === to);
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

const THEME_NAMES: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const change = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  const name = `Colours: ${THEME_NAMES[theme]}`;
  return (
    <button type="button" className="icon-button" onClick={change} aria-label={`${name}. Change`} title={name}>
      <Icon name={theme} />
    </button>
  );
}

function SignOutButton() {
  const say = useSay();
  const [, go] = useLocation();
  const signOut = async () => {
    try {
      await session.signOut();
      go("/");
    } catch (error) {
      say((error as Error).message);
    }
  };
  return (
    <button type="button" className="icon-button" onClick={signOut} aria-label="Sign out" title="Sign out">
      <Icon name="out" />
    </button>
  );
}
