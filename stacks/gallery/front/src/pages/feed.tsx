import { useSearchParams } from "wouter";
import { usePhotos } from "../api/queries";
import type { Scope } from "../api/types";
import { PhotoGrid } from "../components/grid";
import type { IconName } from "../components/icon";
import { Empty } from "../components/states";
import { useUploads } from "../components/upload-provider";

const TITLES: Record<Scope, string> = { all: "Everyone’s photos", mine: "My photos", liked: "Photos I like" };

const EMPTY: Record<Scope, { icon: IconName; title: string; words: string }> = {
  all: { icon: "photos", title: "No photos yet", words: "Be the first: add some of yours." },
  mine: { icon: "photos", title: "Nothing of yours yet", words: "Add photos here, or send them to the bot in MAX." },
  liked: { icon: "heart", title: "Nothing liked yet", words: "Touch the heart under a photo and find it here again." },
};

export function FeedPage({ scope }: { scope: Scope }) {
  const [params] = useSearchParams();
  const q = params.get("q") ?? "";
  const query = usePhotos({ scope, ...(q ? { q } : {}) });
  const { open } = useUploads();
  const { icon, title, words } = EMPTY[scope];
  return (
    <>
      <h1 className="page-title">{q ? `“${q}”` : TITLES[scope]}</h1>
      <PhotoGrid
        query={query}
        empty={
          q ? (
            <Empty icon="search" title="Nothing found">
              <p>No photo, album or person has a word that begins like this.</p>
            </Empty>
          ) : (
            <Empty icon={icon} title={title}>
              <p>{words}</p>
              {scope !== "liked" && (
                <button type="button" className="button button-primary" onClick={open}>
                  Add photos
                </button>
              )}
            </Empty>
          )
        }
      />
    </>
  );
}
