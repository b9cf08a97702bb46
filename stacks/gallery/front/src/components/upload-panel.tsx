import { bytes, counted } from "../lib/format";
import { type Summary, type Upload, summary } from "../lib/uploads";
import { Icon } from "./icon";

interface Props {
  uploads: readonly Upload[];
  onRetry: (id: number) => void;
  onRemove: (id: number) => void;
  onClear: () => void;
}

export function heading({ active, done, failed }: Summary): string {
  if (active) return `Adding ${counted(active, "photo")}…`;
  const added = done ? `${counted(done, "photo")} added` : "";
  const refused = failed ? `${failed} not added` : "";
  return [added, refused].filter(Boolean).join(", ");
}

/** How the uploads go, in a corner; one may go on looking meanwhile. */
export function UploadPanel({ uploads, onRetry, onRemove, onClear }: Props) {
  const sum = summary(uploads);
  return (
    <section className="uploads" aria-label="Uploads">
      <header>
        <h2 aria-live="polite">{heading(sum)}</h2>
        <button type="button" className="icon-button" aria-label="Clear the list" onClick={onClear} disabled={sum.active === sum.total}>
          <Icon name="close" />
        </button>
      </header>
      {sum.active > 0 && <progress value={sum.progress} aria-label="All uploads" />}
      <ul>
        {uploads.map((upload) => (
          <Row key={upload.id} upload={upload} onRetry={() => onRetry(upload.id)} onRemove={() => onRemove(upload.id)} />
        ))}
      </ul>
    </section>
  );
}

function Row({ upload, onRetry, onRemove }: { upload: Upload; onRetry: () => void; onRemove: () => void }) {
  const { file, status, progress, error } = upload;
  return (
    <li className={`upload upload-${status}`}>
      <span className="upload-name">{file.name}</span>
      <span className="upload-words">{status === "failed" ? error : status === "done" ? "Added" : bytes(file.size)}</span>
      {status === "sending" && <progress value={progress} aria-label={file.name} />}
      {status === "failed" && (
        <button type="button" className="icon-button" aria-label={`Try ${file.name} again`} onClick={onRetry}>
          <Icon name="retry" />
        </button>
      )}
      {status === "done" ? (
        <Icon name="check" />
      ) : (
        <button type="button" className="icon-button" aria-label={`Remove ${file.name}`} onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
