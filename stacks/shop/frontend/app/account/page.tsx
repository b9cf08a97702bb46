import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { NameForm, SignOut } from "@/components/account-forms";
import { date, many, money } from "@/lib/format";
import { getAsVisitor, visit } from "@/lib/server";
import type { Order, Page } from "@/lib/types";

export const metadata: Metadata = { title: "Account" };

const STATUS = { placed: "On our list", shipped: "On its way", cancelled: "Cancelled" };

export default async function AccountPage() {
  const { user } = await visit();
  if (!user) redirect("/account/sign-in");
  const orders = await getAsVisitor<Page<Order>>("/orders/");
  return (
    <div className="narrow">
      <h1>{user.name ? `Hello, ${user.name}` : "Your account"}</h1>
      <p className="quiet">{user.email}</p>
      <h2>{orders.count ? many(orders.count, "order") : "No orders yet"}</h2>
      <ul className="orders">
        {orders.results.map((order) => (
          <li key={order.key}>
            <Link href={`/order/${order.key}`} prefetch={false}>Order {order.number}</Link>
            <span>{date(order.created_at)}</span>
            <span>{STATUS[order.status]}</span>
            <b className="price">{money(order.total)}</b>
          </li>
        ))}
      </ul>
      <h2>You</h2>
      <NameForm name={user.name} />
      <p className="ways">
        {user.is_staff && <a className="button" href="/admin/">Behind the counter</a>}
        <SignOut />
      </p>
    </div>
  );
}
