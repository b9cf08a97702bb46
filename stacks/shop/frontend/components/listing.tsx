import Link from "next/link";
import { many, pageNumbers } from "@/lib/format";
import { apiQuery, href, SORTS, type Listing } from "@/lib/listing";
import { get } from "@/lib/server";
import type { Page, Product } from "@/lib/types";
import { ProductCard } from "./product-card";

/** How many pictures are in sight at first. */
const IN_SIGHT = 4;

export async function ProductListing({ title, listing }: { title: string; listing: Listing }) {
  const found = await get<Page<Product>>(`/products/${apiQuery(listing)}`);
  return (
    <>
      <header className="list-head">
        <h1>{title}</h1>
        <p className="quiet" role="status">{many(found.count, "product")}</p>
      </header>
      <Choices listing={listing} />
      {found.count === 0 ? <Nothing listing={listing} /> : (
        <ul className="grid">
          {found.results.map((product, at) => <ProductCard key={product.id} product={product} eager={at < IN_SIGHT} />)}
        </ul>
      )}
      {found.pages > 1 && <Pages listing={listing} pages={found.pages} />}
    </>
  );
}

function Choices({ listing }: { listing: Listing }) {
  const chosen = listing.sort || (listing.search ? "" : "newest");
  return (
    <nav className="choices" aria-label="Order and filter">
      <ul>
        {listing.search && <Choice to={href(listing, { sort: "" })} chosen={!listing.sort} name="Best match" />}
        {SORTS.map(([sort, name]) => (
          <Choice key={sort} to={href(listing, { sort: sort === "newest" && !listing.search ? "" : sort })}
            chosen={chosen === sort} name={name} />
        ))}
      </ul>
      <Link className="chip" prefetch={false} href={href(listing, { inStock: !listing.inStock })}
        aria-current={listing.inStock ? "true" : undefined}>
        {listing.inStock ? "✓ " : ""}In stock only
      </Link>
    </nav>
  );
}

function Choice({ to, chosen, name }: { to: string; chosen: boolean; name: string }) {
  return (
    <li>
      <Link className="chip" prefetch={false} href={to} aria-current={chosen ? "true" : undefined}>{name}</Link>
    </li>
  );
}

function Nothing({ listing }: { listing: Listing }) {
  return (
    <div className="empty">
      <h2>Nothing found</h2>
      <p>{listing.search ? "Perhaps with another word, or fewer of them." : "There is nothing here at the moment."}</p>
      <Link className="button" href="/">See everything</Link>
    </div>
  );
}

function Pages({ listing, pages }: { listing: Listing; pages: number }) {
  const to = (page: number) => href(listing, { page });
  return (
    <nav className="pages" aria-label="Pages">
      {listing.page > 1 && <Link className="chip" prefetch={false} rel="prev" href={to(listing.page - 1)}>Previous</Link>}
      {pageNumbers(listing.page, pages).map((page, at) =>
        page === 0 ? <span key={`gap ${at}`} aria-hidden>…</span> : (
          <Link key={page} className="chip" prefetch={false} href={to(page)} aria-label={`Page ${page}`}
            aria-current={page === listing.page ? "page" : undefined}>
            {page}
          </Link>
        ),
      )}
      {listing.page < pages && <Link className="chip" prefetch={false} rel="next" href={to(listing.page + 1)}>Next</Link>}
    </nav>
  );
}
