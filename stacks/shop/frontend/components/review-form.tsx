"use client";

import { useRouter } from "next/navigation";
import { send } from "@/lib/client";
import { Field, Form } from "./form";

const STARS = [5, 4, 3, 2, 1];
const WORDS = ["", "poor", "fair", "good", "very good", "excellent"];

export function ReviewForm({ slug }: { slug: string }) {
  const router = useRouter();

  async function review(form: FormData) {
    const picture = form.get("picture");
    if (picture instanceof File && picture.size === 0) form.delete("picture");
    await send("POST", `/products/${slug}/reviews/`, form);
    router.refresh();
  }

  return (
    <>
      <h3>How is it?</h3>
      <Form button="Send review" busy="Sending…" send={review}>
        {(errors) => (
          <>
            <div className="field">
              <label htmlFor="rating">Stars</label>
              <select id="rating" name="rating" defaultValue="5">
                {STARS.map((n) => <option key={n} value={n}>{n}, {WORDS[n]}</option>)}
              </select>
            </div>
            <div className="field">
              <label htmlFor="body">Your words <span className="quiet">(optional)</span></label>
              <textarea id="body" name="body" rows={4} maxLength={2000} />
            </div>
            <Field label="A picture" name="picture" type="file" accept="image/jpeg,image/png,image/webp"
              error={errors.picture} />
          </>
        )}
      </Form>
    </>
  );
}
