"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";

/** The back end is away, or something broke. */
export default function ErrorPage({ reset }: { error: Error; reset: () => void }) {
  const router = useRouter();
  const again = () => startTransition(() => { router.refresh(); reset(); });
  return (
    <div className="empty" role="alert">
      <h1>The shop is closed for a moment</h1>
      <p>Something on our side does not answer. Your cart is kept.</p>
      <button className="button" type="button" onClick={again}>Try again</button>
    </div>
  );
}
