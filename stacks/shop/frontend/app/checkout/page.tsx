import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { CheckoutForm } from "@/components/checkout-form";
import { money } from "@/lib/format";
import { getAsVisitor, visit } from "@/lib/server";
import type { Cart } from "@/lib/types";

export const metadata: Metadata = { title: "Check out" };

export default async function CheckoutPage() {
  const [cart, who] = await Promise.all([getAsVisitor<Cart>("/cart/"), visit()]);
  if (!cart.id || cart.lines.length === 0) redirect("/cart");
  return (
    <>
      <h1>Check out</h1>
      <div className="checkout">
        <CheckoutForm cart={cart.id} total={cart.total} user={who.user} />
        <section className="summary" aria-labelledby="summary">
          <h2 id="summary">Your order</h2>
          <ul>
            {cart.lines.map((line) => (
              <li key={line.product.id}>
                <span>{line.quantity} × {line.product.name}</span> <span>{money(line.total)}</span>
              </li>
            ))}
            <li className="total"><b>Total</b> <b>{money(cart.total)}</b></li>
          </ul>
          <p className="quiet">You pay when it is delivered. <Link href="/cart">Change the cart</Link></p>
        </section>
      </div>
    </>
  );
}
