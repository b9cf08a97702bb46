"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { send, words } from "@/lib/client";
import { money, stockWords } from "@/lib/format";
import type { CartLine } from "@/lib/types";
import { Picture } from "./picture";

export function CartLines({ lines }: { lines: CartLine[] }) {
  const router = useRouter();
  const [said, setSaid] = useState({ text: "", isGood: true });
  const [isPending, startTransition] = useTransition();

  const change = (line: CartLine, quantity: number) =>
    startTransition(async () => {
      try {
        await send("PUT", `/cart/lines/${line.product.id}/`, { quantity });
        const what = quantity ? `${quantity} of ${line.product.name} in the cart.` : `${line.product.name} taken out.`;
        setSaid({ text: what, isGood: true });
        router.refresh();
      } catch (error) {
        setSaid({ text: words(error), isGood: false });
      }
    });

  return (
    <>
      <ul className="lines" aria-busy={isPending}>
        {lines.map((line) => (
          <li key={line.product.id}>
            <Picture of={line.product.pictures} alt="" sizes="96px" />
            <div className="what">
              <Link href={`/product/${line.product.slug}`} prefetch={false}>{line.product.name}</Link>
              <span className="quiet">{money(line.product.price)} each</span>
              {!line.available && <span className="bad">{stockWords(line.product.stock) || "Not enough left"}</span>}
            </div>
            <Quantity line={line} change={(quantity) => change(line, quantity)} />
            <b className="price">{money(line.total)}</b>
            <button className="plain" type="button" onClick={() => change(line, 0)} aria-label={`Remove ${line.product.name}`}>
              Remove
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className={said.isGood ? "unseen" : "said bad"}>{said.text}</p>
    </>
  );
}

function Quantity({ line, change }: { line: CartLine; change: (quantity: number) => void }) {
  const most = Math.max(line.quantity, Math.min(line.product.stock, 10));
  return (
    <select aria-label={`Quantity of ${line.product.name}`} value={line.quantity}
      onChange={(event) => change(Number(event.target.value))}>
      {Array.from({ length: most }, (_, n) => <option key={n}>{n + 1}</option>)}
    </select>
  );
}
