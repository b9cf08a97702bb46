import { type FormEvent, useState } from "react";
import { useAddComment, useComments, useDeleteComment, useRenamePhoto } from "../api/queries";
import type { Comment, Photo } from "../api/types";
import { ago, counted, day } from "../lib/format";
import { Icon } from "./icon";
import { useSay } from "./toasts";

/** Beside the photo (below it on a phone): what it is, and what people say. */
export function Details({ photo, onClose }: { photo: Photo; onClose: () => void }) {
  return (
    <aside className="details" aria-label="Details and comments">
      <header>
        <Title photo={photo} />
        <button type="button" className="icon-button" aria-label="Close details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <p className="details-facts">
        By {photo.owner.display_name} in {photo.album_title}
        <br />
        {photo.taken_at ? `Taken ${day(photo.taken_at)}` : `Added ${ago(photo.created_at)}`} · {photo.width} × {photo.height}
      </p>
      <Comments photo={photo} />
    </aside>
  );
}

function Title({ photo }: { photo: Photo }) {
  const [draft, setDraft] = useState<string | null>(null);
  const rename = useRenamePhoto();
  const say = useSay();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const title = draft?.trim();
    setDraft(null);
    if (title && title !== photo.title) rename.mutate({ id: photo.id, title }, { onError: (error) => say(error.message) });
  };
  if (draft !== null) {
    return (
      <form className="details-rename" onSubmit={submit}>
        <input value={draft} onChange={(event) => setDraft(event.target.value)} aria-label="Title" maxLength={200} autoFocus />
        <button type="submit" className="icon-button" aria-label="Save the title">
          <Icon name="check" />
        </button>
      </form>
    );
  }
  return (
    <h2>
      {photo.title}
      {photo.mine && (
        <button type="button" className="icon-button" aria-label="Change the title" onClick={() => setDraft(photo.title)}>
          <Icon name="edit" />
        </button>
      )}
    </h2>
  );
}

function Comments({ photo }: { photo: Photo }) {
  const comments = useComments(photo.id);
  const add = useAddComment(photo.id);
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) add.mutate(text.trim(), { onSuccess: () => setText("") });
  };
  return (
    <section className="comments">
      <h3>{comments.data?.length ? counted(comments.data.length, "comment") : "Comments"}</h3>
      {comments.isError && <p role="alert">{comments.error.message}</p>}
      {comments.data?.length === 0 && <p className="quiet">Nothing said yet.</p>}
      <ul aria-live="polite">
        {comments.data?.map((comment) => (
          <CommentRow key={comment.id} comment={comment} mayDelete={comment.mine || photo.mine} />
        ))}
      </ul>
      <form onSubmit={submit}>
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Say something kind"
          aria-label="Your comment"
          maxLength={2000}
        />
        <button type="submit" className="button button-primary" disabled={add.isPending || !text.trim()}>
          Send
        </button>
      </form>
      {add.isError && (
        <p className="form-error" role="alert">
          {add.error.message}
        </p>
      )}
    </section>
  );
}

function CommentRow({ comment, mayDelete }: { comment: Comment; mayDelete: boolean }) {
  const remove = useDeleteComment();
  return (
    <li>
      <p className="comment-head">
        <strong>{comment.author.display_name}</strong> <time dateTime={comment.created_at}>{ago(comment.created_at)}</time>
        {mayDelete && (
          <button
            type="button"
            className="icon-button"
            aria-label={`Delete the comment of ${comment.author.display_name}`}
            disabled={remove.isPending}
            onClick={() => remove.mutate(comment.id)}
          >
            <Icon name="bin" />
          </button>
        )}
      </p>
      <p>{comment.body}</p>
    </li>
  );
}
