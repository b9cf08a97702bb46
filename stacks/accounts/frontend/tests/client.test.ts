import { describe, expect, it } from "vitest";
import { ApiError, call } from "../src/api/client";
import { newQueryClient, retryDelay } from "../src/api/queries";
import { answer, serve } from "./server";

describe("a refusal", () => {
  it("has the service's words as a sentence", async () => {
    serve(() => answer(429, { code: "locked", detail: "too many attempts" }, { "Retry-After": "7" }));
    await expect(call("POST", "/x")).rejects.toMatchObject({
      status: 429,
      code: "locked",
      message: "Too many attempts.",
      retryAfter: 7,
      passing: false,
    });
  });

  it("of a proxy, which speaks HTML, is put plainly", async () => {
    serve(() => new Response("<html>Bad Gateway</html>", { status: 502 }));
    await expect(call("GET", "/x")).rejects.toMatchObject({ message: "The service answered 502.", passing: true });
  });

  it("without a network has words too", async () => {
    serve(() => Promise.reject(new TypeError("failed")));
    await expect(call("GET", "/x")).rejects.toMatchObject({ status: 0, code: "offline", passing: true });
  });
});

describe("trying again", () => {
  it("waits as long as the service asks, else longer each time", () => {
    expect(retryDelay(0, new ApiError(503, "unavailable", "", 2))).toBe(2000);
    expect([0, 1, 2, 9].map((n) => retryDelay(n, new ApiError(502, "http", "")))).toEqual([500, 1000, 2000, 8000]);
  });

  it("is for what passes by itself, and not for ever", () => {
    const retry = newQueryClient().getDefaultOptions().queries?.retry as (count: number, error: Error) => boolean;
    const away = new ApiError(503, "unavailable", "");
    expect([retry(0, away), retry(6, away), retry(0, new ApiError(404, "http", "")), retry(0, new Error())]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
