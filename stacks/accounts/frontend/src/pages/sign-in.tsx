import { useState } from "react";
import { Link } from "wouter";
import { account, session } from "../api/session";
import { Entrance } from "../components/entrance";
import { EmailField, PasswordField, Refusal, useSending } from "../components/form";
import { useSay } from "../components/toasts";
import { typed } from "../lib/typed";

export function SignInPage({ ended }: { ended: string | null }) {
  const [email, setEmail] = useState(typed.email);
  const [password, setPassword] = useState("");
  const say = useSay();
  const { busy, refused, submit } = useSending(() => session.signIn(email, password));
  const again = useSending(async () => {
    await account.verifyAgain(email);
    say("Another mail is on its way.");
  });
  const remember = (value: string) => {
    typed.email = value;
    setEmail(value);
  };
  return (
    <Entrance title="Welcome back" lead={ended ?? "Sign in to see who is here."}>
      <form onSubmit={submit}>
        <EmailField value={email} onValue={remember} />
        <PasswordField value={password} onValue={setPassword} />
        <Refusal refused={again.refused ?? refused}>
          {refused?.code === "not_verified" && (
            <button type="button" className="link" disabled={again.busy} onClick={() => again.submit()}>
              Send the mail again
            </button>
          )}
        </Refusal>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <p className="ways">
        <Link href="/join">Make an account</Link>
        <Link href="/forgot">Forgot the password?</Link>
      </p>
    </Entrance>
  );
}
