import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const auth = process.env.AUTH_TARGET ?? "http://localhost:8002";
const users = process.env.USER_TARGET ?? "http://localhost:8001";
// Who asks, as the proxy in front of production says it.
const headed = (target: string) => ({
  target,
  configure: (proxy: { on: (event: "proxyReq", listener: (request: import("node:http").ClientRequest, from: import("node:http").IncomingMessage) => void) => void }) =>
    proxy.on("proxyReq", (request, from) => request.setHeader("X-Real-IP", from.socket.remoteAddress ?? "")),
});

export default defineConfig({
  plugins: [react()],
  server: {
    host: true,
    port: 5173,
    strictPort: true,
    allowedHosts: ["frontend"],
    proxy: { "/api/auth": headed(auth), "/api/users": headed(users) },
  },
  // No file is inlined into another: the content security policy allows our own files only.
  build: { target: "es2022", assetsInlineLimit: 0 },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"] },
});
