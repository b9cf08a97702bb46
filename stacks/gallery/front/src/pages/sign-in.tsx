import { type FormEvent, useState } from "react";
import { session } from "../api/session";
import { Logo } from "../components/logo";

const SHORTEST_PASSWORD = 10;

/** Signing in, and signing up: one form that grows by a field. */
export function SignInPage({ ended }: { ended: string | null }) {
  const [joining, setJoining] = useState(false);
  const [username, setUsername] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (joining) await session.register(username.trim(), password, displayName.trim());
      else await session.signIn(username.trim(), password);
    } catch (refused) {
      setError((refused as Error).message);
      setBusy(false);
    }
  };
  const swap = () => {
    setJoining(!joining);
    setError(null);
  };
  return (
    <main className="entrance">
      <form onSubmit={submit} aria-labelledby="entrance-title">
        <Logo />
        <h1 id="entrance-title">{joining ? "Make an account" : "A quiet place for photos"}</h1>
        {ended && !error && (
          <p className="quiet" role="status">
            {ended}
          </p>
        )}
        <label className="field">
          <span>User name</span>
          <input
            name="username"
            value={username}
            onChange={(event) => setUsername(event.target.value)}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            minLength={joining ? 3 : 1}
            maxLength={32}
            required
          />
        </label>
        {joining && (
          <label className="field">
            <span>
              Name <small>as others see it</small>
            </span>
            <input
              name="name"
              value={displayName}
              onChange={(event) => setDisplayName(event.target.value)}
              autoComplete="name"
              maxLength={60}
            />
          </label>
        )}
        <label className="field">
          <span>Password {joining && <small>at least {SHORTEST_PASSWORD} characters</small>}</span>
          <input
            name="password"
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete={joining ? "new-password" : "current-password"}
            minLength={joining ? SHORTEST_PASSWORD : 1}
            maxLength={200}
            required
          />
        </label>
        {error && (
          <p className="form-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" className="button button-primary button-wide" disabled={busy}>
          {joining ? "Join" : "Sign in"}
        </button>
        <p className="entrance-swap">
          {joining ? "Already a member?" : "New here?"}{" "}
          <button type="button" className="link" onClick={swap}>
            {joining ? "Sign in" : "Make an account"}
          </button>
        </p>
        <p className="quiet">In MAX, send /start to the bot for a link that signs you in.</p>
      </form>
    </main>
  );
}
