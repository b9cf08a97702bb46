import { type FormEvent, useState } from "react";
import { door, post } from "../lib/api";
import { Logo } from "./shell";

/** The dashboard has one password. */
export function Entrance() {
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem("password") as HTMLInputElement;
    setBusy(true);
    setError(undefined);
    try {
      await post("/api/session", { password: field.value });
      door.open();
    } catch (reason) {
      setError((reason as Error).message);
      setBusy(false);
      field.select();
    }
  };

  return (
    <main className="entrance">
      <form onSubmit={enter}>
        <h1>
          <Logo />
        </h1>
        <label htmlFor="password">Password of the dashboard</label>
        <input
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          maxLength={200}
          aria-describedby="wrong"
        />
        <p id="wrong" className="wrong" role="alert">
          {error}
        </p>
        <button className="button" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
