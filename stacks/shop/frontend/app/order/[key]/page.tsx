import type { Metadata } from "next";
import Link from "next/link";
import { CancelOrder } from "@/components/cancel-order";
import { OrderLines } from "@/components/order-lines";
import { date } from "@/lib/format";
import { getAsVisitor } from "@/lib/server";
import type { Order } from "@/lib/types";

export const metadata: Metadata = { title: "Your order", robots: "noindex", referrer: "no-referrer" };

const HEADLINES = {
  placed: "Thank you, it is on our list",
  shipped: "It is on its way",
  cancelled: "This order was cancelled",
};

export default async function OrderPage({ params }: { params: Promise<{ key: string }> }) {
  const order = await getAsVisitor<Order>(`/orders/${encodeURIComponent((await params).key)}/`);
  return (
    <div className="narrow">
      <h1>{HEADLINES[order.status]}</h1>
      <p>Order {order.number} of {date(order.created_at)}. Keep this page’s address: it leads back here.</p>
      <OrderLines order={order} />
      <h2>It goes to</h2>
      <address>
        {order.name}<br />{order.address}<br />{order.postcode} {order.city}
        {order.note && <><br /><span className="quiet">“{order.note}”</span></>}
      </address>
      <p className="ways">
        <Link className="button" href="/">Look around</Link>
        {order.status === "placed" && <CancelOrder order={order.key} />}
      </p>
    </div>
  );
}
