import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AWAY, ownPath, Refused, refusal, send } from "@/lib/client";

const answer = (status: number, said?: unknown) =>
  new Response(said === undefined ? null : JSON.stringify(said), { status });

const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  document.cookie = "csrftoken=from-our-page";
});

afterEach(() => {
  fetched.mockReset();
  document.cookie = "csrftoken=; max-age=0";
});

describe("sending", () => {
  test("shows the token of our own page", async () => {
    fetched.mockResolvedValue(answer(201, { count: 1 }));
    await expect(send("POST", "/cart/lines/", { product: 3 })).resolves.toEqual({ count: 1 });
    const [url, options] = fetched.mock.calls[0]!;
    expect(url).toBe("/api/v1/cart/lines/");
    expect(options).toMatchObject({ method: "POST", body: '{"product":3}' });
    expect(options!.headers).toEqual({ "X-CSRFToken": "from-our-page", "Content-Type": "application/json" });
  });

  test("asks for a token first where there is none", async () => {
    document.cookie = "csrftoken=; max-age=0";
    fetched.mockImplementation(async (url) => {
      if (url === "/api/v1/account/") document.cookie = "csrftoken=new";
      return answer(200, {});
    });
    await send("DELETE", "/cart/lines/3/");
    expect(fetched.mock.calls.map(([url]) => url)).toEqual(["/api/v1/account/", "/api/v1/cart/lines/3/"]);
    expect(fetched.mock.calls[1]![1]!.headers).toEqual({ "X-CSRFToken": "new" });
  });

  test("leaves the type of a form with a file to the browser", async () => {
    fetched.mockResolvedValue(answer(201, {}));
    await send("POST", "/products/mug/reviews/", new FormData());
    expect(fetched.mock.calls[0]![1]!.headers).not.toHaveProperty("Content-Type");
  });

  test("has nothing to read in an empty answer", async () => {
    fetched.mockResolvedValue(answer(204));
    await expect(send("POST", "/account/logout/")).resolves.toBeNull();
  });

  test.each([
    ["no answer at all", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["an answer that is no JSON", () => Promise.resolve(new Response("<html>", { status: 502 }))],
    ["an error of the server's", () => Promise.resolve(answer(503, { detail: "secret address" }))],
  ])("%s is said in the shop's words", async (_, respond) => {
    fetched.mockImplementation(respond);
    await expect(send("POST", "/orders/", {})).rejects.toThrow(AWAY);
  });
});

describe("a refusal", () => {
  test("says what the back end says", () => {
    expect(refusal(409, { detail: "Only 3 pieces are left.", products: [4] })).toMatchObject({
      status: 409,
      message: "Only 3 pieces are left.",
      fields: {},
    });
  });

  test("names the fields it is about", () => {
    const refused = refusal(400, { email: ["Not an address.", "Too short."], city: ["Needed."] });
    expect(refused).toBeInstanceOf(Refused);
    expect(refused.fields).toEqual({ email: "Not an address. Too short.", city: "Needed." });
    expect(refused.message).toBe("Please look at what is marked.");
  });

  test("asks for patience", () => {
    expect(refusal(429, { detail: "Request was throttled." }).message).toMatch(/wait a minute/);
  });
});

test("one is sent on within the shop only", () => {
  expect(ownPath("/checkout")).toBe("/checkout");
  for (const path of ["//evil.example", "https://evil.example", "/\\evil.example", "", null, undefined]) {
    expect(ownPath(path)).toBe("/account");
  }
});
