import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { session } from "../api/session";
import { useSession } from "../api/use-session";
import { type Theme, applyTheme, nextTheme, storedTheme } from "../lib/theme";
import { Icon, type IconName } from "./icon";
import { Logo } from "./logo";
import { useSay } from "./toasts";
import { useUploads } from "./upload-provider";

const PLACES: readonly { to: string; name: string; icon: IconName }[] = [
  { to: "/", name: "Everyone", icon: "photos" },
  { to: "/mine", name: "Mine", icon: "person" },
  { to: "/albums", name: "Albums", icon: "albums" },
  { to: "/liked", name: "Liked", icon: "heart" },
];

export function Shell({ children }: { children: ReactNode }) {
  const { open } = useUploads();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the photos
      </a>
      <header className="top">
        <Link href="/" className="home" aria-label="Max Gallery, home">
          <Logo />
        </Link>
        <Places />
        <Search />
        <div className="top-tools">
          <button type="button" className="button button-primary add" onClick={open}>
            <Icon name="plus" />
            <span>Add photos</span>
          </button>
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

const TYPING_MS = 300;

/** Searches while one types; the words are in the address, so Back and a reload keep them. */
function Search() {
  const [here, go] = useLocation();
  const [params] = useSearchParams();
  const asked = params.get("q") ?? "";
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);

  const searchable = here === "/" || here === "/mine" || here === "/liked";
  const search = (words: string) => {
    const place = searchable ? here : "/";
    go(words.trim() ? `${place}?${new URLSearchParams({ q: words.trim() })}` : place, { replace: asked !== "" });
  };
  useEffect(() => {
    if (text.trim() === asked) return;
    const timer = setTimeout(() => search(text), TYPING_MS);
    return () => clearTimeout(timer);
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    search(text);
  };
  return (
    <form className="search" role="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="Search"
        aria-label="Search photos, albums and people"
        maxLength={200}
      />
    </form>
  );
}

const THEME_NAMES: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
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
      aria-label={`Colours: ${THEME_NAMES[theme]}. Change`}
      title={`Colours: ${THEME_NAMES[theme]}`}
    >
      <Icon name={theme} />
    </button>
  );
}

function SignOutButton() {
  const state = useSession();
  const say = useSay();
  const [, go] = useLocation();
  const name = state.status === "signed-in" ? state.user.display_name : "";
  const signOut = async () => {
    try {
      await session.signOut();
      go("/");
    } catch (error) {
      say((error as Error).message);
    }
  };
  return (
    <button type="button" className="icon-button" onClick={signOut} aria-label="Sign out" title={`Sign out ${name}`}>
      <Icon name="out" />
    </button>
  );
}
