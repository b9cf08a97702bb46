import Link from "next/link";
import { money } from "@/lib/format";
import type { Order } from "@/lib/types";
import { Picture } from "./picture";

export function OrderLines({ order }: { order: Order }) {
  return (
    <ul className="lines">
      {order.lines.map((line) => (
        <li key={line.slug}>
          <Picture of={line.pictures} alt="" sizes="96px" />
          <div className="what">
            <Link href={`/product/${line.slug}`} prefetch={false}>{line.name}</Link>
            <span className="quiet">{line.quantity} × {money(line.price)}</span>
          </div>
          <b className="price">{money(Number(line.price) * line.quantity)}</b>
        </li>
      ))}
      <li className="total"><span className="what">Total</span><b className="price">{money(order.total)}</b></li>
    </ul>
  );
}
