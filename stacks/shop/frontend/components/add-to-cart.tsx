"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { send, words } from "@/lib/client";
import { many } from "@/lib/format";

const MOST = 10;
/** Pieces that one takes at once without being asked whether one means it; the cart has more. */

type Props = { product: number; name: string; stock: number };

export function AddToCart({ product, name, stock }: Props) {
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ text: string; isGood: boolean } | null>(null);

  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const quantity = Number(new FormData(event.currentTarget).get("quantity"));
    setBusy(true);
    setSaid(null);
    try {
      await send("POST", "/cart/lines/", { product, quantity });
      setSaid({ text: `${many(quantity, "piece")} of ${name} put into your cart.`, isGood: true });
      router.refresh();
    } catch (error) {
      setSaid({ text: words(error), isGood: false });
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="add" onSubmit={add}>
      <label>
        Quantity
        <select name="quantity" defaultValue="1">
          {Array.from({ length: Math.min(stock, MOST) }, (_, n) => <option key={n}>{n + 1}</option>)}
        </select>
      </label>
      <button className="button strong" type="submit" aria-disabled={isBusy}>{isBusy ? "Adding…" : "Add to cart"}</button>
      <p role="status" className={said && !said.isGood ? "said bad" : "said"}>
        {said?.text} {said?.isGood && <Link href="/cart">View cart</Link>}
      </p>
    </form>
  );
}
