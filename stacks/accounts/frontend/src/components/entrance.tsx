import type { ReactNode } from "react";
import { Logo } from "./logo";
import { Heading } from "./states";

/** The frame of the pages for those who are not signed in. */
export function Entrance({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <main className="entrance">
      <div className="card">
        <Logo />
        <Heading title={title}>{title}</Heading>
        {lead && <p className="lead">{lead}</p>}
        {children}
      </div>
    </main>
  );
}
