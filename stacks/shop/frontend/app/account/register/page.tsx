import type { Metadata } from "next";
import Link from "next/link";
import { RegisterForm } from "@/components/account-forms";

export const metadata: Metadata = { title: "Make an account" };

type Props = { searchParams: Promise<{ next?: string }> };

export default async function RegisterPage({ searchParams }: Props) {
  const { next } = await searchParams;
  const query = next ? `?next=${encodeURIComponent(next)}` : "";
  return (
    <div className="narrow small">
      <h1>Make an account</h1>
      <RegisterForm next={next} />
      <p>You have one? <Link href={`/account/sign-in${query}`}>Sign in</Link>.</p>
    </div>
  );
}
