import { type CSSProperties, useState } from "react";
import { Link, useLocation } from "wouter";
import { useAlbums, useCreateAlbum } from "../api/queries";
import type { Album } from "../api/types";
import { AlbumForm } from "../components/album-form";
import { Icon } from "../components/icon";
import { ErrorState } from "../components/states";
import { counted } from "../lib/format";

export function AlbumsPage() {
  const albums = useAlbums();
  const [making, setMaking] = useState(false);
  const create = useCreateAlbum();
  const [, go] = useLocation();
  if (albums.isError && !albums.data) return <ErrorState error={albums.error} onRetry={() => void albums.refetch()} />;
  return (
    <>
      <header className="page-head">
        <h1 className="page-title">Albums</h1>
        <button type="button" className="button" onClick={() => setMaking(true)}>
          <Icon name="plus" /> New album
        </button>
      </header>
      {albums.isPending ? (
        <div className="albums" role="status" aria-label="Loading albums">
          {[1, 2, 3, 4].map((n) => (
            <div key={n} className="album album-skeleton" />
          ))}
        </div>
      ) : (
        <ul className="albums">
          {albums.data?.map((album) => (
            <AlbumCard key={album.id} album={album} />
          ))}
        </ul>
      )}
      {making && (
        <AlbumForm
          title="New album"
          action="Make it"
          error={create.error}
          busy={create.isPending}
          onSubmit={(draft) => create.mutate(draft, { onSuccess: (album) => go(`/albums/${album.id}`) })}
          onClose={() => setMaking(false)}
        />
      )}
    </>
  );
}

function AlbumCard({ album }: { album: Album }) {
  const style = { "--colour": album.cover_colour ?? "var(--sunken)" } as CSSProperties;
  return (
    <li className="album">
      <Link href={`/albums/${album.id}`}>
        <span className="album-cover" style={style}>
          {album.cover ? <img src={album.cover} alt="" loading="lazy" decoding="async" /> : <Icon name="albums" />}
        </span>
        <strong>
          {album.title} {!album.shared && <Icon name="lock" />}
        </strong>
        <span className="quiet">
          {counted(album.photos, "photo")}
          {album.mine ? (album.shared ? "" : " · only you") : ` · ${album.owner.display_name}`}
        </span>
      </Link>
    </li>
  );
}
