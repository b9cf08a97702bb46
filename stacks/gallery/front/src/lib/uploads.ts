/** The list of uploads as a pure state machine; UploadProvider moves it. */

export const TYPES = ["image/jpeg", "image/png", "image/webp"] as const;
export const MOST_BYTES = 25 * 1024 * 1024;
export const AT_ONCE = 2;

export type Status = "waiting" | "sending" | "done" | "failed";

export interface Upload {
  id: number;
  file: File;
  album: string;
  status: Status;
  /** 0 to 1. */
  progress: number;
  error?: string;
}

export type Action =
  | { type: "add"; files: readonly File[]; album: string; firstId: number }
  | { type: "start"; id: number }
  | { type: "progress"; id: number; progress: number }
  | { type: "done"; id: number }
  | { type: "fail"; id: number; error: string }
  | { type: "retry"; id: number }
  | { type: "remove"; id: number }
  | { type: "clear" };

/** Why a file need not even be sent, or null. The back end looks at the content itself. */
export function refusal(file: Pick<File, "name" | "size" | "type">): string | null {
  if (!(TYPES as readonly string[]).includes(file.type)) return "Only JPEG, PNG and WebP pictures can be added.";
  if (file.size > MOST_BYTES) return "Larger than 25 MB.";
  if (file.size === 0) return "The file is empty.";
  return null;
}

function begin(file: File, album: string, id: number): Upload {
  const error = refusal(file);
  const base = { id, file, album, progress: 0 };
  return error === null ? { ...base, status: "waiting" } : { ...base, status: "failed", error };
}

export function reduce(uploads: readonly Upload[], action: Action): readonly Upload[] {
  const change = (id: number, patch: (upload: Upload) => Upload) =>
    uploads.map((upload) => (upload.id === id ? patch(upload) : upload));
  switch (action.type) {
    case "add":
      return [...uploads, ...action.files.map((file, n) => begin(file, action.album, action.firstId + n))];
    case "start":
      return change(action.id, (upload) => ({ ...upload, status: "sending", progress: 0 }));
    case "progress":
      return change(action.id, (upload) => ({ ...upload, progress: action.progress }));
    case "done":
      return change(action.id, (upload) => ({ ...upload, status: "done", progress: 1 }));
    case "fail":
      return change(action.id, (upload) => ({ ...upload, status: "failed", error: action.error }));
    case "retry":
      return change(action.id, ({ error: _, ...upload }) => begin(upload.file, upload.album, upload.id));
    case "remove":
      return uploads.filter((upload) => upload.id !== action.id);
    case "clear":
      return uploads.filter((upload) => upload.status === "waiting" || upload.status === "sending");
  }
}

/** Which may begin now. */
export function due(uploads: readonly Upload[]): readonly Upload[] {
  const free = AT_ONCE - uploads.filter((upload) => upload.status === "sending").length;
  return uploads.filter((upload) => upload.status === "waiting").slice(0, Math.max(0, free));
}

export interface Summary {
  total: number;
  done: number;
  failed: number;
  active: number;
  progress: number;
}

export function summary(uploads: readonly Upload[]): Summary {
  const count = (...which: Status[]) => uploads.filter((upload) => which.includes(upload.status)).length;
  const counts = uploads.filter((upload) => upload.status !== "failed");
  const bytes = counts.reduce((sum, upload) => sum + upload.file.size, 0);
  const sent = counts.reduce((sum, upload) => sum + upload.file.size * upload.progress, 0);
  return {
    total: uploads.length,
    done: count("done"),
    failed: count("failed"),
    active: count("waiting", "sending"),
    progress: bytes ? sent / bytes : 0,
  };
}
