import Link from "next/link";
import { money, stockWords } from "@/lib/format";
import type { Product } from "@/lib/types";
import { Picture } from "./picture";
import { Rating } from "./rating";

export function ProductCard({ product, eager }: { product: Product; eager: boolean }) {
  const stock = stockWords(product.stock);
  return (
    <li className="card">
      <Link href={`/product/${product.slug}`} prefetch={false}>
        <Picture of={product.pictures} alt="" sizes="(max-width: 700px) 46vw, 260px" eager={eager} />
        <span className="name">{product.name}</span>
      </Link>
      <p className="facts">
        <span className="price">{money(product.price)}</span>
        {product.rating !== null && <Rating value={product.rating} count={product.review_count} />}
      </p>
      {stock && <p className={product.stock ? "few" : "few none"}>{stock}</p>}
    </li>
  );
}
