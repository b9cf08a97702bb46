"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { send, words } from "@/lib/client";

/** Asks once more before it does it. */
export function CancelOrder({ order }: { order: string }) {
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState("");

  async function cancel() {
    try {
      await send("POST", `/orders/${order}/cancel/`);
      router.refresh();
    } catch (error) {
      setSaid(words(error));
      setAsking(false);
    }
  }

  return (
    <>
      {isAsking ? (
        <>
          <button className="button danger" type="button" autoFocus onClick={cancel}>Yes, cancel it</button>
          <button className="button" type="button" onClick={() => setAsking(false)}>Keep it</button>
        </>
      ) : (
        <button className="button" type="button" onClick={() => setAsking(true)}>Cancel order</button>
      )}
      <span role="alert" className="bad">{said}</span>
    </>
  );
}
