import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useState } from "react";
import { ApiError, OFFLINE } from "../api/client";

/** Sends a form once at a time, and keeps why it was refused. */
export function useSending(work: () => Promise<unknown>) {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<ApiError | null>(null);
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      await work();
    } catch (error) {
      setRefused(error instanceof ApiError ? error : OFFLINE);
    } finally {
      setBusy(false);
    }
  };
  return { busy, refused, submit };
}

/** Room for a line is kept, so that nothing jumps when it appears. */
export function Refusal({ refused, children }: { refused: Error | null; children?: ReactNode }) {
  return (
    <div className="refusal" role="alert">
      {refused && <p>{refused.message}</p>}
      {refused && children}
    </div>
  );
}

type FieldProps = Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "value"> & {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
};

export function Field({ label, hint, value, onValue, ...input }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        onChange={(event) => onValue(event.target.value)}
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...input}
      />
      {hint && (
        <small id={`${id}-hint`} className="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

export function PasswordField({ isNew = false, ...field }: Pick<FieldProps, "value" | "onValue"> & { isNew?: boolean }) {
  const [shown, setShown] = useState(false);
  return (
    <div className="password">
      <Field
        label="Password"
        {...(isNew ? { hint: "At least 10 characters. A sentence is a good one." } : {})}
        type={shown ? "text" : "password"}
        name="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        minLength={isNew ? 10 : 1}
        maxLength={200}
        required
        {...field}
      />
      <button type="button" className="reveal" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? "Hide" : "Show"}
        <span className="unseen"> the password</span>
      </button>
    </div>
  );
}

export function EmailField(field: Pick<FieldProps, "value" | "onValue">) {
  return (
    <Field
      label="E-mail"
      type="email"
      name="email"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      required
      {...field}
    />
  );
}
