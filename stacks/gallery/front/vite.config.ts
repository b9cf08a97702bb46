import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.API_TARGET ?? "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  server: {
    host: true,
    port: 5173,
    strictPort: true,
    allowedHosts: ["frontend"],
    proxy: { "/api": { target: api } },
  },
  // No file is inlined into another: the content security policy allows our own files only.
  build: { target: "es2022", assetsInlineLimit: 0 },
  test: { environment: "jsdom", include: ["tests/**/*.test.{ts,tsx}"] },
});
