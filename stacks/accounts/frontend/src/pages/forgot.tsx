import { useState } from "react";
import { Link } from "wouter";
import { account } from "../api/session";
import { Entrance } from "../components/entrance";
import { EmailField, Refusal, useSending } from "../components/form";
import { typed } from "../lib/typed";
import { MailSent } from "./mail-sent";

export function ForgotPage() {
  const [email, setEmail] = useState(typed.email);
  const [sent, setSent] = useState(false);
  const { busy, refused, submit } = useSending(async () => {
    await account.forgot(email);
    typed.email = email;
    setSent(true);
  });
  if (sent) return <MailSent email={email} again={() => account.forgot(email)} what="choose a new password" />;
  return (
    <Entrance title="Forgot the password?" lead="A mail brings a link to choose a new one.">
      <form onSubmit={submit}>
        <EmailField value={email} onValue={setEmail} />
        <Refusal refused={refused} />
        <button type="submit" className="button button-primary" disabled={busy}>
          Send the mail
        </button>
      </form>
      <p className="ways">
        <Link href="/">Back to signing in</Link>
      </p>
    </Entrance>
  );
}
