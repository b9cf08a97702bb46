import { type CSSProperties, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useDeletePhoto, useLike, usePhoto } from "../api/queries";
import type { Photo } from "../api/types";
import { meaningOfKey } from "../lib/gesture";
import { srcSet } from "../lib/pictures";
import { useSwipe } from "../lib/use-swipe";
import { Details } from "./details";
import { Confirm } from "./dialog";
import { Icon } from "./icon";
import { useSay } from "./toasts";

interface Props {
  id: string;
  photos: readonly Photo[];
  onShow: (id: string) => void;
  onClose: () => void;
  /** The last photo that is loaded is shown. */
  onEnd: () => void;
}

/** One photo over the whole window. Keys: arrows, L, I, Escape. Fingers: sideways, and down to close. */
export function Lightbox({ id, photos, onShow, onClose, onEnd }: Props) {
  const index = photos.findIndex((photo) => photo.id === id);
  const alone = usePhoto(index < 0 ? id : null);
  const photo = index < 0 ? alone.data : photos[index];
  const previous = index > 0 ? photos[index - 1] : undefined;
  const next = index >= 0 ? photos[index + 1] : undefined;

  const dialog = useRef<HTMLDialogElement>(null);
  const [details, setDetails] = useState(false);
  const like = useLike();

  // As in Dialog: the focus is given back only while the element is still there.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  useEffect(() => {
    if (index >= photos.length - 2 && index >= 0) onEnd();
  }, [index, photos.length, onEnd]);

  const act = useCallback(
    (meaning: ReturnType<typeof meaningOfKey>) => {
      if (meaning === "next" && next) onShow(next.id);
      else if (meaning === "previous" && previous) onShow(previous.id);
      else if (meaning === "close") onClose();
      else if (meaning === "like" && photo) like.mutate({ photo, liked: !photo.liked });
      else if (meaning === "details") setDetails((shown) => !shown);
    },
    [next, previous, photo, onShow, onClose, like],
  );

  const onKey = (event: React.KeyboardEvent) => {
    const typing = (event.target as HTMLElement).matches("input, textarea");
    if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    const meaning = meaningOfKey(event.key);
    if (meaning === "none") return;
    event.preventDefault();
    act(meaning);
  };

  return (
    <dialog
      ref={dialog}
      className={details ? "lightbox lightbox-details" : "lightbox"}
      aria-label={photo ? `${photo.title}, by ${photo.owner.display_name}` : "Photo"}
      onKeyDown={onKey}
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div className="lightbox-stage">
        <Stage photo={photo} error={alone.error} onSwipe={act} />
        {previous && (
          <button type="button" className="lightbox-step lightbox-previous" aria-label="Previous photo" onClick={() => act("previous")}>
            <Icon name="left" />
          </button>
        )}
        {next && (
          <button type="button" className="lightbox-step lightbox-next" aria-label="Next photo" onClick={() => act("next")}>
            <Icon name="right" />
          </button>
        )}
        <button type="button" className="lightbox-close icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
        {photo && <Bar photo={photo} details={details} onLike={() => act("like")} onDetails={() => act("details")} onGone={onClose} />}
      </div>
      {photo && details && <Details key={photo.id} photo={photo} onClose={() => setDetails(false)} />}
      {[previous, next].map((near) => near?.urls.large && <link key={near.id} rel="prefetch" as="image" href={near.urls.large} />)}
    </dialog>
  );
}

interface StageProps {
  photo: Photo | undefined;
  error: Error | null;
  onSwipe: (meaning: "next" | "previous" | "close") => void;
}

function Stage({ photo, error, onSwipe }: StageProps) {
  const swipe = useSwipe(onSwipe);
  const style = {
    "--dx": `${swipe.dx}px`,
    "--dy": `${swipe.dy}px`,
    ...(photo ? { "--colour": photo.colour, "--ratio": photo.width / photo.height } : {}),
  } as CSSProperties;
  return (
    <div className={swipe.moving ? "stage stage-moving" : "stage"} style={style} {...swipe.handlers}>
      {photo?.status === "ready" ? (
        <img
          key={photo.id}
          src={photo.urls.large}
          srcSet={srcSet(photo)}
          sizes="100vw"
          width={photo.width}
          height={photo.height}
          alt={photo.title}
          draggable={false}
        />
      ) : (
        <p className="stage-words" role={error ? "alert" : "status"}>
          {error?.message ?? (photo?.status === "failed" ? "This picture could not be read." : "Getting ready…")}
        </p>
      )}
    </div>
  );
}

interface BarProps {
  photo: Photo;
  details: boolean;
  onLike: () => void;
  onDetails: () => void;
  onGone: () => void;
}

function Bar({ photo, details, onLike, onDetails, onGone }: BarProps) {
  return (
    <div className="lightbox-bar">
      <div className="lightbox-words">
        <strong>{photo.title}</strong>
        <span>
          {photo.owner.display_name} · {photo.album_title}
        </span>
      </div>
      <button type="button" className="pill" aria-pressed={photo.liked} aria-label={`Like, ${photo.likes}`} onClick={onLike}>
        <Icon name="heart" filled={photo.liked} /> {photo.likes}
      </button>
      <button type="button" className="pill" aria-expanded={details} aria-label={`Comments, ${photo.comments}`} onClick={onDetails}>
        <Icon name="comment" /> {photo.comments}
      </button>
      {photo.urls.original && (
        <a className="pill" href={photo.urls.original} download={photo.title} aria-label="Download">
          <Icon name="download" />
        </a>
      )}
      {photo.mine && <DeleteButton photo={photo} onGone={onGone} />}
    </div>
  );
}

function DeleteButton({ photo, onGone }: { photo: Photo; onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeletePhoto();
  const say = useSay();
  const confirm = () =>
    remove.mutate(photo.id, {
      onSuccess: () => {
        say(`“${photo.title}” is deleted.`);
        onGone();
      },
      onError: (error) => say(error.message),
    });
  return (
    <>
      <button type="button" className="pill" aria-label="Delete" onClick={() => setAsking(true)}>
        <Icon name="bin" />
      </button>
      {asking && (
        <Confirm
          title="Delete this photo?"
          words={`“${photo.title}” goes for good, with its likes and comments.`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
