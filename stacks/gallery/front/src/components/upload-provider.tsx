import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useCallback, useContext, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useAlbums } from "../api/queries";
import type { Album } from "../api/types";
import { sendFile } from "../lib/send";
import { type Upload, due, reduce } from "../lib/uploads";
import { DropZone } from "./drop-zone";
import { UploadDialog } from "./upload-dialog";
import { UploadPanel } from "./upload-panel";

interface Uploads {
  /** Opens the dialog that asks for files. */
  open: () => void;
  /** The page one is on: photos go into this album unless another is chosen. */
  setPlace: (album: Album | null) => void;
}

const Context = createContext<Uploads>({ open: () => {}, setPlace: () => {} });

export function useUploads() {
  return useContext(Context);
}

export function UploadProvider({ children }: { children: ReactNode }) {
  const [asking, setAsking] = useState(false);
  const [place, setPlace] = useState<Album | null>(null);
  const albums = useAlbums();
  const own = useMemo(() => albums.data?.filter((album) => album.mine) ?? [], [albums.data]);
  const target = (place?.mine ? place : null) ?? own[0] ?? null;
  const queue = useQueue();

  const open = useCallback(() => setAsking(true), []);
  const value = useMemo(() => ({ open, setPlace }), [open]);
  const take = (files: readonly File[], album: string) => {
    setAsking(false);
    queue.add(files, album);
  };
  return (
    <Context.Provider value={value}>
      {children}
      <DropZone target={asking ? null : target} onFiles={(files) => target && take(files, target.id)} />
      {asking && <UploadDialog albums={own} target={target} onFiles={take} onClose={() => setAsking(false)} />}
      {queue.uploads.length > 0 && (
        <UploadPanel uploads={queue.uploads} onRetry={queue.retry} onRemove={queue.remove} onClear={queue.clear} />
      )}
    </Context.Provider>
  );
}

/** Sends what waits, two at a time, and tells the cache when something has arrived. */
function useQueue() {
  const [uploads, dispatch] = useReducer(reduce, []);
  const queries = useQueryClient();
  const lastId = useRef(0);
  const running = useRef(new Map<number, AbortController>());

  const send = useCallback(
    async (upload: Upload) => {
      const control = new AbortController();
      running.current.set(upload.id, control);
      dispatch({ type: "start", id: upload.id });
      try {
        const onProgress = (progress: number) => dispatch({ type: "progress", id: upload.id, progress });
        await sendFile(upload.file, upload.album, onProgress, control.signal);
        dispatch({ type: "done", id: upload.id });
        void queries.invalidateQueries({ queryKey: ["photos"] });
        void queries.invalidateQueries({ queryKey: ["albums"] });
      } catch (error) {
        if (!control.signal.aborted) dispatch({ type: "fail", id: upload.id, error: (error as Error).message });
      } finally {
        running.current.delete(upload.id);
      }
    },
    [queries],
  );

  useEffect(() => {
    for (const upload of due(uploads)) if (!running.current.has(upload.id)) void send(upload);
  }, [uploads, send]);

  const busy = uploads.some((upload) => upload.status === "waiting" || upload.status === "sending");
  useEffect(() => {
    if (!busy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);

  return {
    uploads,
    add(files: readonly File[], album: string) {
      dispatch({ type: "add", files, album, firstId: lastId.current + 1 });
      lastId.current += files.length;
    },
    retry: (id: number) => dispatch({ type: "retry", id }),
    remove(id: number) {
      running.current.get(id)?.abort();
      dispatch({ type: "remove", id });
    },
    clear: () => dispatch({ type: "clear" }),
  };
}
