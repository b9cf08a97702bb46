import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ProductListing } from "@/components/listing";
import { listingOf, type Query } from "@/lib/listing";

type Props = { searchParams: Promise<Query> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  return { title: `“${listingOf(await searchParams).search}”`, robots: "noindex" };
}

export default async function SearchPage({ searchParams }: Props) {
  const listing = listingOf(await searchParams);
  if (!listing.search) redirect("/");
  return <ProductListing title={`“${listing.search}”`} listing={listing} />;
}
