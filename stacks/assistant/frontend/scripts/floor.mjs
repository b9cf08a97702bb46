// The floor: what an empty application of the same Next.js weighs. Written to floor.json, which the tests hold our first page to.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { weight } from "./weight.mjs";

const here = resolve(import.meta.dirname, "..");
const empty = mkdtempSync(join(here, ".floor-"));
try {
  mkdirSync(join(empty, "src/app"), { recursive: true });
  for (const name of ["package.json", "tsconfig.json"]) cpSync(join(here, name), join(empty, name));
  symlinkSync(join(here, "node_modules"), join(empty, "node_modules"));
  writeFileSync(join(empty, "next.config.mjs"), `export default { output: "export", turbopack: { root: ${JSON.stringify(here)} } };\n`);
  const layout = 'export default function Layout({ children }: { children: React.ReactNode }) {\n  return <html lang="en"><body>{children}</body></html>;\n}\n';
  writeFileSync(join(empty, "src/app/layout.tsx"), layout);
  writeFileSync(join(empty, "src/app/page.tsx"), "export default function Page() {\n  return <p>empty</p>;\n}\n");
  execFileSync(join(here, "node_modules/.bin/next"), ["build"], { cwd: empty, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } });
  const { bytes } = weight(join(empty, "out"));
  const { version } = JSON.parse(readFileSync(join(here, "node_modules/next/package.json"), "utf8"));
  writeFileSync(join(here, "floor.json"), `${JSON.stringify({ next: version, bytes }, null, 2)}\n`);
  console.log(`an empty application of Next.js ${version}: ${bytes} bytes`);
} finally {
  rmSync(empty, { recursive: true });
}
