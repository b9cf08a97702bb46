import { useRef, useState } from "react";
import { useCreateAlbum } from "../api/queries";
import type { Album } from "../api/types";
import { TYPES } from "../lib/uploads";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

interface Props {
  albums: readonly Album[];
  target: Album | null;
  onFiles: (files: readonly File[], album: string) => void;
  onClose: () => void;
}

const NEW = "new";

export function UploadDialog({ albums, target, onFiles, onClose }: Props) {
  const [picked, setPicked] = useState<string | null>(null);
  const [name, setName] = useState("");
  const create = useCreateAlbum();
  const input = useRef<HTMLInputElement>(null);
  // Until somebody picks one: the album that it was opened for, which may come after the dialog does.
  const chosen = picked ?? target?.id ?? NEW;
  const ready = chosen !== NEW || name.trim() !== "";

  const take = async (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length === 0 || !ready) return;
    try {
      const album = chosen === NEW ? (await create.mutateAsync({ title: name.trim(), shared: true })).id : chosen;
      onFiles(files, album);
    } catch {
      // The dialog shows create.error.
    }
  };
  return (
    <Dialog title="Add photos" onClose={onClose}>
      <label className="field">
        <span>Album</span>
        <select value={chosen} onChange={(event) => setPicked(event.target.value)}>
          {albums.map((album) => (
            <option key={album.id} value={album.id}>
              {album.title}
            </option>
          ))}
          <option value={NEW}>New album…</option>
        </select>
      </label>
      {chosen === NEW && (
        <label className="field">
          <span>Name of the new album</span>
          <input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} />
        </label>
      )}
      <button
        type="button"
        className="drop-target"
        disabled={!ready || create.isPending}
        onClick={() => input.current?.click()}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          void take(event.dataTransfer.files);
        }}
      >
        <Icon name="plus" />
        <strong>Choose photos</strong>
        <span>or drop them here. JPEG, PNG or WebP, up to 25 MB each.</span>
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept={TYPES.join(",")}
        data-testid="files"
        onChange={(event) => void take(event.target.files)}
      />
      <p className="quiet">Where a photo was taken is removed before anyone sees it.</p>
      {create.isError && (
        <p className="form-error" role="alert">
          {create.error.message}
        </p>
      )}
    </Dialog>
  );
}
