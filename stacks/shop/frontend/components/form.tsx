"use client";

import { useId, useState, type FormEvent, type InputHTMLAttributes, type ReactNode } from "react";
import { Refused, words } from "@/lib/client";

type FieldProps = InputHTMLAttributes<HTMLInputElement> & { label: string; name: string; error?: string; hint?: string };

/** A label, its field, and what is wrong with it: tied together for who does not see it. */
export function Field({ label, error, hint, ...input }: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}{!input.required && <span className="quiet"> (optional)</span>}</label>
      <input id={id} aria-invalid={error ? true : undefined} aria-describedby={about || undefined} {...input} />
      {hint && <p className="quiet" id={`${id}-hint`}>{hint}</p>}
      {error && <p className="bad" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

type FormProps = {
  button: string;
  busy: string;
  /** Sends it; what it throws is said. */
  send: (form: FormData) => Promise<void>;
  children: (errors: Record<string, string>) => ReactNode;
};

/** A form that says what was refused, at the field and above the button, and puts the focus where something is to be done. */
export function Form({ button, busy, send, children }: FormProps) {
  const [isBusy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [said, setSaid] = useState("");

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    setBusy(true);
    setSaid("");
    setErrors({});
    try {
      await send(new FormData(form));
    } catch (error) {
      setSaid(words(error));
      setErrors(error instanceof Refused ? error.fields : {});
      requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid]")?.focus());
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="form" onSubmit={submit}>
      {children(errors)}
      <p role="alert" className="said bad">{said}</p>
      <button className="button strong" type="submit" aria-disabled={isBusy}>{isBusy ? busy : button}</button>
    </form>
  );
}
