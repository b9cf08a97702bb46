import { type FormEvent, useState } from "react";
import type { AlbumDraft } from "../api/queries";
import { Dialog } from "./dialog";

interface Props {
  title: string;
  action: string;
  start?: AlbumDraft;
  error: Error | null;
  busy: boolean;
  onSubmit: (draft: AlbumDraft) => void;
  onClose: () => void;
}

export function AlbumForm({ title, action, start, error, busy, onSubmit, onClose }: Props) {
  const [name, setName] = useState(start?.title ?? "");
  const [shared, setShared] = useState(start?.shared ?? true);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) onSubmit({ title: name.trim(), shared });
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        <label className="field">
          <span>Name</span>
          <input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} required autoFocus />
        </label>
        <label className="check">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
          <span>
            Shared
            <small>Everyone who is signed in may look, like and comment.</small>
          </span>
        </label>
        {error && (
          <p className="form-error" role="alert">
            {error.message}
          </p>
        )}
        <footer className="row-end">
          <button type="submit" className="button button-primary" disabled={busy || !name.trim()}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
