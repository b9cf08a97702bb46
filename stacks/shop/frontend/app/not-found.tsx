import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "Not here" };

export default function NotFound() {
  return (
    <div className="empty">
      <h1>There is nothing at this address</h1>
      <p>It may have been sold for the last time, or the address has a slip in it.</p>
      <Link className="button" href="/">See everything</Link>
    </div>
  );
}
