import type { Metadata } from "next";
import Link from "next/link";
import { cache } from "react";
import { AddToCart } from "@/components/add-to-cart";
import { Picture } from "@/components/picture";
import { Rating } from "@/components/rating";
import { Reviews } from "@/components/reviews";
import { money, stockWords } from "@/lib/format";
import { get, getAsVisitor, visit } from "@/lib/server";
import type { ProductPage, Reviews as Said } from "@/lib/types";

type Props = { params: Promise<{ slug: string }> };

const product = cache((slug: string) => get<ProductPage>(`/products/${encodeURIComponent(slug)}/`));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const found = await product((await params).slug);
  return { title: found.name, description: found.description.slice(0, 150) };
}

export default async function ProductView({ params }: Props) {
  const { slug } = await params;
  const [found, said, who] = await Promise.all([
    product(slug),
    getAsVisitor<Said>(`/products/${encodeURIComponent(slug)}/reviews/`),
    visit(),
  ]);
  const stock = stockWords(found.stock);
  return (
    <>
      <div className="product">
        <Picture of={found.pictures} alt={found.name} sizes="(max-width: 700px) 92vw, 560px" eager />
        <div className="about">
          <p className="quiet"><Link href={`/category/${found.category}`} prefetch={false}>{found.category_name}</Link></p>
          <h1>{found.name}</h1>
          {found.rating !== null && (
            <p><a href="#reviews"><Rating value={found.rating} count={found.review_count} /></a></p>
          )}
          <p className="price large">{money(found.price)}</p>
          <p className={found.stock ? "few" : "few none"}>{stock || "In stock"}</p>
          {found.stock > 0 && <AddToCart product={found.id} name={found.name} stock={found.stock} />}
          <p className="words">{found.description}</p>
        </div>
      </div>
      <Reviews slug={slug} said={said} signedIn={who.user !== null} />
    </>
  );
}
