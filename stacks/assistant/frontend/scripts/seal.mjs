// seal.mjs FOLDER: gives every exported page a content security policy that names its own inline scripts by their hashes, and no
// others. Next.js puts the page's data into such scripts; without this every inline script would have to be allowed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;
const folder = process.argv[2];
let pages = 0;

for (const name of readdirSync(folder, { recursive: true })) {
  if (!name.endsWith(".html")) continue;
  const path = join(folder, name);
  const page = readFileSync(path, "utf8");
  const hashes = [...page.matchAll(INLINE)].map(([, text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  const policy = [
    "default-src 'self'",
    `script-src 'self' ${[...new Set(hashes)].join(" ")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
  if (!page.includes("<head>")) throw new Error(`${path} has no head`);
  writeFileSync(path, page.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${policy}"/>`));
  pages += 1;
}
console.log(`sealed ${pages} pages`);
