// Every page is made on the server for the visitor who asks; pictures are made by the back end. So nothing of Next.js's
// own image service is needed, and nginx in front compresses.

const api = process.env.API_URL ?? "http://backend:8000/api/v1";
const backend = new URL(api).origin;

/** @type {import('next').NextConfig} */
const config = {
  output: "standalone",
  poweredByHeader: false,
  compress: false,
  images: { unoptimized: true },
  outputFileTracingExcludes: { "/**": ["node_modules/sharp/**", "node_modules/@img/**"] },
  // Also by the front end's own port, without nginx in front, everything is there. In development only: a production
  // image is not bound to an address when it is built.
  async rewrites() {
    if (process.env.NODE_ENV === "production") return [];
    return [
      { source: "/api/:path*", destination: `${backend}/api/:path*/` },
      { source: "/media/:path*", destination: `${backend}/media/:path*` },
      { source: "/static/:path*", destination: `${backend}/static/:path*` },
      { source: "/admin/:path*", destination: `${backend}/admin/:path*/` },
    ];
  },
  skipTrailingSlashRedirect: true,
  allowedDevOrigins: ["127.0.0.1", "frontend", "nginx"],
  devIndicators: false,
};

export default config;
