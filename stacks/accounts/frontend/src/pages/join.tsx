import { useState } from "react";
import { Link } from "wouter";
import { account } from "../api/session";
import { Entrance } from "../components/entrance";
import { EmailField, Field, PasswordField, Refusal, useSending } from "../components/form";
import { typed } from "../lib/typed";
import { MailSent } from "./mail-sent";

export function JoinPage() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState(typed.email);
  const [password, setPassword] = useState("");
  const [sent, setSent] = useState(false);
  const { busy, refused, submit } = useSending(async () => {
    await account.register(email, name, password);
    typed.email = email;
    setSent(true);
  });
  if (sent) return <MailSent email={email} again={() => account.verifyAgain(email)} what="confirm that the address is yours" />;
  return (
    <Entrance title="Make an account" lead="A mail will ask you to confirm your address.">
      <form onSubmit={submit}>
        <Field label="Name" hint="As others see it." name="name" autoComplete="name" maxLength={80} required value={name} onValue={setName} />
        <EmailField value={email} onValue={setEmail} />
        <PasswordField isNew value={password} onValue={setPassword} />
        <Refusal refused={refused} />
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? "One moment…" : "Join"}
        </button>
      </form>
      <p className="ways">
        <Link href="/">I have an account</Link>
      </p>
    </Entrance>
  );
}
