import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ProductListing } from "@/components/listing";
import { listingOf, type Query } from "@/lib/listing";
import { categories } from "@/lib/server";

type Props = { params: Promise<{ slug: string }>; searchParams: Promise<Query> };

async function shelf(params: Props["params"]) {
  const { slug } = await params;
  return (await categories()).find((one) => one.slug === slug) ?? notFound();
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await shelf(params)).name };
}

export default async function CategoryPage({ params, searchParams }: Props) {
  const { name, slug } = await shelf(params);
  return <ProductListing title={name} listing={listingOf(await searchParams, slug)} />;
}
