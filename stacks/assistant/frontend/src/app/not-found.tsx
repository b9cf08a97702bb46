import Link from "next/link";

export default function NotFound() {
  return (
    <div className="state">
      <h1>There is no such page</h1>
      <Link className="button" href="/">
        To the overview
      </Link>
    </div>
  );
}
