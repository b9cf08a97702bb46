// What a browser fetches for a page of an export, in bytes as nginx sends them (gzip, level 6).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

export function weight(folder, page = "index.html") {
  const html = readFileSync(join(folder, page));
  const tags = [...html.toString().matchAll(/<(?:script|link)\b[^>]*>/g)].map(([tag]) => tag);
  const files = new Set();
  for (const tag of tags) {
    if (tag.includes("noModule")) continue; // for browsers of before 2018
    const [, path] = tag.match(/(?:src|href)="(\/[^"?]+)/) ?? [];
    if (path) files.add(path);
  }
  const sizes = Object.fromEntries([...files].map((path) => [path, gzipSync(readFileSync(join(folder, path)), { level: 6 }).length]));
  sizes[`/${page}`] = gzipSync(html, { level: 6 }).length;
  return { sizes, bytes: Object.values(sizes).reduce((a, b) => a + b, 0) };
}
