import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { SiteHeader } from "@/components/site-header";
import "@/styles/base.css";
import "@/styles/shell.css";
import "@/styles/pages.css";

export const metadata: Metadata = {
  title: { default: "Kilnhouse", template: "%s · Kilnhouse" },
  description: "Cups, bowls, light and cloth for a quiet house.",
  icons: "/icon.svg",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f8f5f0" },
    { media: "(prefers-color-scheme: dark)", color: "#161412" },
  ],
};

// Stock and prices are what they are at this moment, and the header knows the visitor.
export const dynamic = "force-dynamic";

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <SiteHeader />
        <main id="main" tabIndex={-1}>{children}</main>
        <footer className="site">
          <p>Kilnhouse, one of Longshore’s reference stacks. Nothing here is really for sale.</p>
        </footer>
      </body>
    </html>
  );
}
