import { type ChangeEvent, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useChange, useHideAvatar, useMe, useShowAvatar } from "../api/queries";
import { session } from "../api/session";
import type { Profile } from "../api/types";
import { useSession } from "../api/use-session";
import { Avatar } from "../components/avatar";
import { Field, Refusal, useSending } from "../components/form";
import { Icon } from "../components/icon";
import { ErrorState, Heading } from "../components/states";
import { useSay } from "../components/toasts";
import { ACCEPT, whyNot } from "../lib/pictures";

export function ProfilePage() {
  const me = useMe();
  return (
    <div className="column">
      <Heading title="Your profile">Your profile</Heading>
      {me.data ? (
        <>
          <Picture profile={me.data} />
          <Words profile={me.data} />
          <Devices />
        </>
      ) : me.isError ? (
        <ErrorState error={me.error} onRetry={() => void me.refetch()} />
      ) : (
        <div className="panel placeholder tall" role="status" aria-label="Loading your profile">
          <span className="avatar avatar-large" />
        </div>
      )}
    </div>
  );
}

function Picture({ profile }: { profile: Profile }) {
  const show = useShowAvatar();
  const hide = useHideAvatar();
  const [problem, setProblem] = useState<string | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const say = useSay();
  const send = (file: File | undefined) => {
    if (!file) return;
    const reason = whyNot(file);
    setProblem(reason);
    if (reason) return;
    show.mutate(file, { onSuccess: () => say("Your picture is shown."), onError: (error) => setProblem(error.message) });
  };
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    send(event.target.files?.[0]);
    event.target.value = "";
  };
  return (
    <section
      className="panel picture"
      aria-label="Picture"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        send(event.dataTransfer.files[0]);
      }}
    >
      <Avatar person={profile} large />
      <div>
        <div className="buttons">
          <button type="button" className="button" disabled={show.isPending} onClick={() => chooser.current?.click()}>
            <Icon name="camera" /> {show.isPending ? "Sending…" : profile.avatar ? "Change the picture" : "Add a picture"}
          </button>
          {profile.avatar && (
            <button type="button" className="button" disabled={hide.isPending} onClick={() => hide.mutate()}>
              Remove it
            </button>
          )}
        </div>
        <input ref={chooser} type="file" accept={ACCEPT} onChange={chosen} hidden tabIndex={-1} aria-label="Picture file" />
        <p className="hint">JPEG, PNG, WebP or GIF, up to 5 MB. Or drop one here.</p>
        <Refusal refused={problem ? new Error(problem) : (hide.error ?? null)} />
      </div>
    </section>
  );
}

function Words({ profile }: { profile: Profile }) {
  const [name, setName] = useState(profile.name);
  const [headline, setHeadline] = useState(profile.headline);
  const [place, setPlace] = useState(profile.place);
  const [about, setAbout] = useState(profile.about);
  const [listed, setListed] = useState(profile.listed);
  const change = useChange();
  const say = useSay();
  const aboutId = useId();
  const { busy, refused, submit } = useSending(async () => {
    await change.mutateAsync({ name, headline, place, about, listed });
    say("Saved.");
  });
  return (
    <form className="panel" onSubmit={submit} aria-label="About you">
      <Field label="Name" name="name" autoComplete="name" maxLength={80} required value={name} onValue={setName} />
      <Field label="What you do" name="headline" maxLength={120} value={headline} onValue={setHeadline} />
      <Field label="Place" name="place" maxLength={120} value={place} onValue={setPlace} />
      <div className="field">
        <label htmlFor={aboutId}>About you</label>
        <textarea id={aboutId} rows={4} maxLength={2000} value={about} onChange={(event) => setAbout(event.target.value)} />
      </div>
      <label className="check">
        <input type="checkbox" checked={listed} onChange={(event) => setListed(event.target.checked)} />
        <span>Others find me by searching</span>
      </label>
      <Refusal refused={refused} />
      <button type="submit" className="button button-primary" disabled={busy}>
        {busy ? "Saving…" : "Save"}
      </button>
    </form>
  );
}

function Devices() {
  const state = useSession();
  const [, go] = useLocation();
  const { busy, refused, submit } = useSending(async () => {
    await session.signOut(true);
    go("/");
  });
  return (
    <section className="panel devices" aria-label="Signing in">
      <p className="quiet">Signed in as {state.status === "signed-in" ? state.account.email : ""}</p>
      <button type="button" className="button" disabled={busy} onClick={() => submit()}>
        Sign out on every device
      </button>
      <Refusal refused={refused} />
    </section>
  );
}
