import { type CSSProperties, useEffect, useRef } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import type { usePhotos } from "../api/queries";
import type { Photo } from "../api/types";
import { gridRatio, srcSet } from "../lib/pictures";
import { Icon } from "./icon";
import { Lightbox } from "./lightbox";
import { ErrorState } from "./states";

const SIZES = "(max-width: 640px) 50vw, 380px";
const SKELETONS = [1.5, 0.75, 1.33, 1.5, 1, 1.78, 0.8, 1.5, 1.33, 0.75, 1.5, 1];

/** Rows of equal height, every picture in its own proportions; the browser does the sums. */
function tileStyle(ratio: number, colour?: string): CSSProperties {
  return { "--ratio": ratio, ...(colour ? { "--colour": colour } : {}) } as CSSProperties;
}

export function GridSkeleton() {
  return (
    <div className="grid" role="status" aria-label="Loading photos">
      {SKELETONS.map((ratio, n) => (
        <div key={n} className="tile tile-skeleton" style={tileStyle(ratio)} />
      ))}
    </div>
  );
}

interface Props {
  query: ReturnType<typeof usePhotos>;
  /** What stands here when there is nothing. */
  empty: React.ReactNode;
}

/** A page of photos that grows as one scrolls, and the lightbox over it. */
export function PhotoGrid({ query, empty }: Props) {
  const [params] = useSearchParams();
  const [here, go] = useLocation();
  const shown = params.get("photo");
  const photos = query.data?.pages.flatMap((page) => page.items) ?? [];

  const address = (id: string | null) => {
    const next = new URLSearchParams(params);
    if (id === null) next.delete("photo");
    else next.set("photo", id);
    return next.size ? `${here}?${next}` : here;
  };

  if (query.isPending) return <GridSkeleton />;
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      {photos.length === 0 ? (
        empty
      ) : (
        <ul className="grid" aria-busy={query.isFetching}>
          {photos.map((photo) => (
            <Tile key={photo.id} photo={photo} href={address(photo.id)} />
          ))}
        </ul>
      )}
      {query.hasNextPage && <More query={query} />}
      {shown && (
        <Lightbox
          id={shown}
          photos={photos}
          onShow={(id) => go(address(id), { replace: true })}
          onClose={() => go(address(null), { replace: true })}
          onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()}
        />
      )}
    </>
  );
}

function Tile({ photo, href }: { photo: Photo; href: string }) {
  const ready = photo.status === "ready";
  return (
    <li className="tile" style={tileStyle(gridRatio(photo), photo.colour)}>
      {ready ? (
        <Link href={href}>
          <img src={photo.urls.small} srcSet={srcSet(photo)} sizes={SIZES} alt="" loading="lazy" decoding="async" />
          <span className="tile-words">
            <strong>{photo.title}</strong> <span>by {photo.owner.display_name}</span>
          </span>{" "}
          {photo.likes > 0 && (
            <span className="tile-likes">
              <Icon name="heart" filled={photo.liked} /> {photo.likes}
              <span className="unseen">{photo.likes === 1 ? "like" : "likes"}</span>
            </span>
          )}
        </Link>
      ) : (
        <Link href={href} className="tile-waiting">
          <Icon name={photo.status === "failed" ? "alert" : "photos"} />
          <span className="unseen">{photo.title}</span>
          <span>{STATUS_WORDS[photo.status]}</span>
        </Link>
      )}
    </li>
  );
}

const STATUS_WORDS = { processing: "getting ready", failed: "could not be read", ready: "" } as const;

/** Loads the next page when it comes near; the button is for those who do not scroll. */
function More({ query }: { query: Props["query"] }) {
  const ref = useRef<HTMLDivElement>(null);
  const { fetchNextPage, isFetchingNextPage } = query;
  useEffect(() => {
    const mark = ref.current;
    if (!mark) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void fetchNextPage(),
      { rootMargin: "800px" },
    );
    observer.observe(mark);
    return () => observer.disconnect();
  }, [fetchNextPage]);
  return (
    <div ref={ref} className="more">
      <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {isFetchingNextPage ? "Loading…" : "More photos"}
      </button>
    </div>
  );
}
