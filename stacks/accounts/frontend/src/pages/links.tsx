import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiError, OFFLINE } from "../api/client";
import { account } from "../api/session";
import { Entrance } from "../components/entrance";
import { PasswordField, Refusal, useSending } from "../components/form";
import { useSay } from "../components/toasts";
import { secretOfLink } from "../lib/secret";

/** Where the link of the first mail leads. */
export function VerifyPage() {
  const [state, setState] = useState<"asking" | "done" | ApiError>("asking");
  useEffect(() => {
    account.verify(secretOfLink()).then(
      () => setState("done"),
      (error) => setState(error instanceof ApiError ? error : OFFLINE),
    );
  }, []);
  if (state === "asking") return <Entrance title="One moment" lead="Your address is being confirmed." />;
  if (state !== "done")
    return (
      <Entrance title="This link does not work" lead={state.message}>
        <p className="ways">
          <Link href="/">Sign in to have another sent</Link>
        </p>
      </Entrance>
    );
  return (
    <Entrance title="Your address is confirmed" lead="That is all. You can sign in now.">
      <Link href="/" className="button button-primary">
        Sign in
      </Link>
    </Entrance>
  );
}

/** Where the link of a mail about a forgotten password leads. */
export function ResetPage() {
  const [secret] = useState(secretOfLink);
  const [password, setPassword] = useState("");
  const say = useSay();
  const [, go] = useLocation();
  const { busy, refused, submit } = useSending(async () => {
    await account.reset(secret, password);
    say("The new password holds. Sign in with it.");
    go("/", { replace: true });
  });
  return (
    <Entrance title="Choose a new password" lead="Every device is signed out by it.">
      <form onSubmit={submit}>
        <PasswordField isNew value={password} onValue={setPassword} />
        <Refusal refused={refused}>
          <Link href="/forgot">Ask for a new link</Link>
        </Refusal>
        <button type="submit" className="button button-primary" disabled={busy}>
          Set the password
        </button>
      </form>
    </Entrance>
  );
}
