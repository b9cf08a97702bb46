"use client";

import { useRouter } from "next/navigation";
import { Refused, send } from "@/lib/client";
import type { Order, Person } from "@/lib/types";
import { Field, Form } from "./form";

type Props = { cart: string; total: string; user: Person | null };

export function CheckoutForm({ cart, total, user }: Props) {
  const router = useRouter();

  async function order(form: FormData) {
    try {
      const placed = await send<Order>("POST", "/orders/", { ...Object.fromEntries(form), cart, total });
      router.push(`/order/${placed.key}`);
      router.refresh();
    } catch (error) {
      // Sold meanwhile, or dearer: what the page shows of the cart is no longer so.
      if (error instanceof Refused && error.status === 409) router.refresh();
      throw error;
    }
  }

  return (
    <Form button="Place order" busy="Ordering…" send={order}>
      {(errors) => (
        <>
          <Field label="E-mail" name="email" type="email" autoComplete="email" required maxLength={254}
            defaultValue={user?.email} error={errors.email} />
          <Field label="Name" name="name" autoComplete="name" required maxLength={100} defaultValue={user?.name}
            error={errors.name} />
          <Field label="Street and number" name="address" autoComplete="street-address" required maxLength={200}
            error={errors.address} />
          <div className="pair">
            <Field label="Postcode" name="postcode" autoComplete="postal-code" required maxLength={20}
              error={errors.postcode} />
            <Field label="City" name="city" autoComplete="address-level2" required maxLength={100} error={errors.city} />
          </div>
          <Field label="Note for the courier" name="note" maxLength={500} error={errors.note} />
        </>
      )}
    </Form>
  );
}
