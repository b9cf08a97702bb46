import type { Metadata } from "next";
import Link from "next/link";
import { CartLines } from "@/components/cart-lines";
import { money } from "@/lib/format";
import { getAsVisitor } from "@/lib/server";
import type { Cart } from "@/lib/types";

export const metadata: Metadata = { title: "Cart" };

export default async function CartPage() {
  const cart = await getAsVisitor<Cart>("/cart/");
  if (cart.lines.length === 0) {
    return (
      <div className="empty">
        <h1>Your cart is empty</h1>
        <p>What you put into it is kept for two weeks.</p>
        <Link className="button" href="/">See everything</Link>
      </div>
    );
  }
  const canOrder = cart.lines.every((line) => line.available);
  return (
    <>
      <h1>Cart</h1>
      <CartLines lines={cart.lines} />
      <div className="sum">
        <p>Total <b className="price large">{money(cart.total)}</b></p>
        {canOrder ? <Link className="button strong" href="/checkout">Check out</Link> : (
          <p className="bad" role="status">There is less of something than you want. Please change the number.</p>
        )}
      </div>
    </>
  );
}
