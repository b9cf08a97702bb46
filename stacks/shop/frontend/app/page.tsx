import { ProductListing } from "@/components/listing";
import { listingOf, type Query } from "@/lib/listing";

export default async function Home({ searchParams }: { searchParams: Promise<Query> }) {
  return <ProductListing title="For a quiet house" listing={listingOf(await searchParams)} />;
}
