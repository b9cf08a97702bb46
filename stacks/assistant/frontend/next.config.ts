import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

const api = process.env.API_URL ?? "http://localhost:8000";

/** Next.js's own server passes /api on, as nginx does in production. Uncompressed: a compressor would hold back the stream. */
const development: NextConfig = {
  compress: false,
  devIndicators: false,
  allowedDevOrigins: ["127.0.0.1", ...(process.env.DEV_ORIGINS?.split(",") ?? [])],
  rewrites: async () => [{ source: "/api/:path*", destination: `${api}/api/:path*` }],
};

/** Files, for any server of files. */
const production: NextConfig = { output: "export", images: { unoptimized: true } };

export default function config(phase: string): NextConfig {
  return {
    turbopack: { root: import.meta.dirname },
    ...(phase === PHASE_DEVELOPMENT_SERVER ? development : production),
  };
}
