import type { Metadata } from "next";
import { Suspense } from "react";
import { Dialogues } from "../../components/dialogues";

export const metadata: Metadata = { title: "Dialogues" };

export default function Page() {
  return (
    <Suspense>
      <Dialogues />
    </Suspense>
  );
}
