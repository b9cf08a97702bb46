import type { Metadata } from "next";
import Link from "next/link";
import { SignInForm } from "@/components/account-forms";

export const metadata: Metadata = { title: "Sign in" };

type Props = { searchParams: Promise<{ next?: string }> };

export default async function SignInPage({ searchParams }: Props) {
  const { next } = await searchParams;
  const query = next ? `?next=${encodeURIComponent(next)}` : "";
  return (
    <div className="narrow small">
      <h1>Sign in</h1>
      <SignInForm next={next} />
      <p>New here? <Link href={`/account/register${query}`}>Make an account</Link>. You can order without one, too.</p>
    </div>
  );
}
