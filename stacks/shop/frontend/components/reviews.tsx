import Link from "next/link";
import { date, many } from "@/lib/format";
import type { Reviews as Said } from "@/lib/types";
import { Picture } from "./picture";
import { Rating } from "./rating";
import { ReviewForm } from "./review-form";

export function Reviews({ slug, said, signedIn }: { slug: string; said: Said; signedIn: boolean }) {
  return (
    <section className="reviews" id="reviews" aria-labelledby="reviews-title">
      <h2 id="reviews-title">{said.count ? many(said.count, "review") : "No reviews yet"}</h2>
      <ul>
        {said.results.map((review) => (
          <li key={review.id}>
            <p><Rating value={review.rating} /> <b>{review.author}</b> <span className="quiet">{date(review.created_at)}</span></p>
            {review.body && <p className="words">{review.body}</p>}
            {review.pictures && <Picture of={review.pictures} alt={`Picture by ${review.author}`} sizes="160px" />}
          </li>
        ))}
      </ul>
      {said.may_review ? <ReviewForm slug={slug} /> : (
        <p className="quiet">
          {signedIn ? "Who ordered it can review it, once." : (
            <>Who ordered it can review it: <Link href={`/account/sign-in?next=/product/${slug}`}>sign in</Link>.</>
          )}
        </p>
      )}
    </section>
  );
}
