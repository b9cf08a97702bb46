import Link from "next/link";
import { categories, NOBODY, visit } from "@/lib/server";
import { Icon } from "./icon";

/** On every page. Where the back end is away it is there all the same: the page below says what is the matter. */
export async function SiteHeader() {
  const [who, shelves] = await Promise.all([visit().catch(() => NOBODY), categories().catch(() => [])]);
  return (
    <header className="site">
      <a className="skip" href="#main">Skip to the content</a>
      <div className="bar">
        <Link className="logo" href="/" prefetch={false}>Kilnhouse</Link>
        <form className="search" action="/search" role="search">
          <input type="search" name="q" aria-label="Search products" placeholder="Search" required maxLength={200} />
          <button type="submit" aria-label="Search"><Icon name="search" /></button>
        </form>
        <nav className="own" aria-label="Yours">
          <Link href="/account" prefetch={false}>
            <Icon name="person" />
            <span>{who.user ? who.user.name || "Account" : "Sign in"}</span>
          </Link>
          <Link href="/cart" prefetch={false}>
            <Icon name="cart" />
            <span>Cart</span>{" "}
            <b className="count" data-some={who.cart_count > 0 || undefined}>{who.cart_count}</b>
            <span className="unseen"> {who.cart_count === 1 ? "item" : "items"}</span>
          </Link>
        </nav>
      </div>
      <nav className="shelves" aria-label="Categories">
        <ul>
          <li><Link href="/" prefetch={false}>Everything</Link></li>
          {shelves.map((shelf) => (
            <li key={shelf.slug}><Link href={`/category/${shelf.slug}`} prefetch={false}>{shelf.name}</Link></li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
