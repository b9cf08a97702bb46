/** Sending one file. XMLHttpRequest, because fetch does not tell how much has gone out. */
import { ApiError, OFFLINE, errorOf } from "../api/client";
import { session } from "../api/session";
import type { Photo } from "../api/types";

const TRIES = 6;

function attempt(file: File, album: string, onProgress: (part: number) => void, signal: AbortSignal): Promise<Photo[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/photos");
    const token = session.token();
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(OFFLINE);
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText) as Photo[]);
      else reject(errorOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    };
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("album_id", album);
    form.append("files", file);
    request.send(form);
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Renews the token once, and waits out a back end that is away for a moment. */
export async function sendFile(
  file: File,
  album: string,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Photo[]> {
  let renewed = false;
  for (let tries = 1; ; tries += 1) {
    const token = session.token();
    try {
      return await attempt(file, album, onProgress, signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401 && !renewed) {
        renewed = true;
        await session.renew(token);
      } else if (error.status === 503 && tries < TRIES) {
        await pause((error.retryAfter || 2) * 1000);
      } else {
        throw error;
      }
      onProgress(0);
    }
  }
}
