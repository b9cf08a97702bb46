"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { ownPath, send, words } from "@/lib/client";
import { Field, Form } from "./form";

/** What of the server's pages was fetched before is somebody else's view now: everything is asked for anew. */
function useEntrance(next: string | undefined) {
  const router = useRouter();
  return () => {
    router.push(ownPath(next));
    router.refresh();
  };
}

export function SignInForm({ next }: { next?: string }) {
  const enter = useEntrance(next);
  return (
    <Form button="Sign in" busy="Signing in…"
      send={async (form) => { await send("POST", "/account/login/", Object.fromEntries(form)); enter(); }}>
      {(errors) => (
        <>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required error={errors.email} />
          <Field label="Password" name="password" type="password" autoComplete="current-password" required
            error={errors.password} />
        </>
      )}
    </Form>
  );
}

export function RegisterForm({ next }: { next?: string }) {
  const enter = useEntrance(next);
  return (
    <Form button="Make an account" busy="Making it…"
      send={async (form) => { await send("POST", "/account/register/", Object.fromEntries(form)); enter(); }}>
      {(errors) => (
        <>
          <Field label="E-mail" name="email" type="email" autoComplete="username" required maxLength={254}
            error={errors.email} />
          <Field label="Name" name="name" autoComplete="name" maxLength={100} error={errors.name} />
          <Field label="Password" name="password" type="password" autoComplete="new-password" required minLength={8}
            maxLength={128} hint="At least eight characters, and none that everyone uses." error={errors.password} />
        </>
      )}
    </Form>
  );
}

export function NameForm({ name }: { name: string }) {
  const router = useRouter();
  const [isSaved, setSaved] = useState(false);

  async function save(form: FormData) {
    setSaved(false);
    await send("PATCH", "/account/", Object.fromEntries(form));
    setSaved(true);
    router.refresh();
  }

  return (
    <>
      <Form button="Save" busy="Saving…" send={save}>
        {(errors) => <Field label="Name" name="name" autoComplete="name" maxLength={100} defaultValue={name} error={errors.name} />}
      </Form>
      <p role="status" className="quiet">{isSaved && "Saved."}</p>
    </>
  );
}

export function SignOut() {
  const router = useRouter();
  const [said, setSaid] = useState("");

  async function leave() {
    try {
      await send("POST", "/account/logout/");
      router.push("/");
      router.refresh();
    } catch (error) {
      setSaid(words(error));
    }
  }

  return (
    <>
      <button className="button" type="button" onClick={leave}>Sign out</button>
      <span role="alert" className="bad">{said}</span>
    </>
  );
}
