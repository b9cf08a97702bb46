import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { useAlbum, useChangeAlbum, useDeleteAlbum, usePhotos } from "../api/queries";
import type { Album } from "../api/types";
import { AlbumForm } from "../components/album-form";
import { Confirm } from "../components/dialog";
import { GridSkeleton, PhotoGrid } from "../components/grid";
import { Icon } from "../components/icon";
import { Empty, ErrorState } from "../components/states";
import { useSay } from "../components/toasts";
import { useUploads } from "../components/upload-provider";
import { counted } from "../lib/format";

export function AlbumPage({ id }: { id: string }) {
  const album = useAlbum(id);
  const photos = usePhotos({ scope: "all", album: id });
  const { setPlace, open } = useUploads();
  useEffect(() => {
    setPlace(album.data ?? null);
    return () => setPlace(null);
  }, [album.data, setPlace]);

  if (album.isError && !album.data) return <ErrorState error={album.error} onRetry={() => void album.refetch()} />;
  if (!album.data) return <GridSkeleton />;
  return (
    <>
      <header className="page-head">
        <div>
          <h1 className="page-title">{album.data.title}</h1>
          <p className="quiet">
            {counted(album.data.photos, "photo")} · {album.data.mine ? "yours" : `by ${album.data.owner.display_name}`} ·{" "}
            {album.data.shared ? "shared" : "only you see it"}
          </p>
        </div>
        {album.data.mine && <OwnerTools album={album.data} />}
      </header>
      <PhotoGrid
        query={photos}
        empty={
          <Empty icon="photos" title="This album is empty">
            {album.data.mine && (
              <>
                <p>Drop photos anywhere on this page.</p>
                <button type="button" className="button button-primary" onClick={open}>
                  Add photos
                </button>
              </>
            )}
          </Empty>
        }
      />
    </>
  );
}

function OwnerTools({ album }: { album: Album }) {
  const [dialog, setDialog] = useState<"edit" | "delete" | null>(null);
  const change = useChangeAlbum(album.id);
  const remove = useDeleteAlbum();
  const say = useSay();
  const [, go] = useLocation();
  const close = () => setDialog(null);
  const confirmed = () =>
    remove.mutate(album.id, {
      onSuccess: () => {
        say(`“${album.title}” is deleted.`);
        go("/albums");
      },
      onError: (error) => say(error.message),
    });
  return (
    <div className="row">
      <button type="button" className="button" onClick={() => setDialog("edit")}>
        <Icon name="edit" /> Edit
      </button>
      <button type="button" className="icon-button" aria-label="Delete this album" onClick={() => setDialog("delete")}>
        <Icon name="bin" />
      </button>
      {dialog === "edit" && (
        <AlbumForm
          title="Edit the album"
          action="Save"
          start={album}
          error={change.error}
          busy={change.isPending}
          onSubmit={(draft) => change.mutate(draft, { onSuccess: close })}
          onClose={close}
        />
      )}
      {dialog === "delete" && (
        <Confirm
          title="Delete this album?"
          words={`“${album.title}” goes for good, with ${counted(album.photos, "photo")}.`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={confirmed}
          onClose={close}
        />
      )}
    </div>
  );
}
