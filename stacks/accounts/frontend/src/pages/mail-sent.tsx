import { Link } from "wouter";
import { Entrance } from "../components/entrance";
import { Refusal, useSending } from "../components/form";
import { useSay } from "../components/toasts";

/** After anything that sends a mail: where to look, and what if none comes. */
export function MailSent({ email, what, again }: { email: string; what: string; again: () => Promise<unknown> }) {
  const say = useSay();
  const { busy, refused, submit } = useSending(async () => {
    await again();
    say("Another mail is on its way.");
  });
  return (
    <Entrance
      title="Look into your mail"
      lead={
        <>
          If <b>{email}</b> is right, a mail is on its way. Follow the link in it to {what}.
        </>
      }
    >
      <Refusal refused={refused} />
      <button type="button" className="button" disabled={busy} onClick={() => submit()}>
        Send it again
      </button>
      <p className="ways">
        <Link href="/">Sign in</Link>
      </p>
    </Entrance>
  );
}
