import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { door } from "../src/lib/api";
import { useLive } from "../src/lib/use-live";
import { Silent, serve } from "./server";

function Shown({ path }: { path: string }) {
  const { data, error } = useLive<{ n: number }>(path);
  return (
    <p>
      {data ? `n is ${data.n}` : "nothing"} {error?.message}
    </p>
  );
}

beforeEach(() => {
  Silent.all = [];
  vi.stubGlobal("EventSource", Silent);
});

afterEach(() => {
  cleanup();
  door.open();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a change there is shown here", async () => {
  let n = 1;
  serve({ "/api/n": () => ({ body: { n: n++ } }) });
  render(<Shown path="/api/n" />);
  await screen.findByText(/n is 1/);
  act(() => Silent.all[0]?.dispatchEvent(new Event("change")) as unknown as void);
  await screen.findByText(/n is 2/);
});

test("what was shown stays while the server is away, and it is asked again", async () => {
  let isAway = false;
  serve({ "/api/n": () => (isAway ? { status: 503, body: { detail: "away" } } : { body: { n: 1 } }) });
  render(<Shown path="/api/n" />);
  await screen.findByText(/n is 1/);
  isAway = true;
  act(() => Silent.all[0]?.dispatchEvent(new Event("change")) as unknown as void);
  await screen.findByText("n is 1 Away.");
  isAway = false;
  await waitFor(() => expect(screen.getByText(/n is 1/).textContent?.trim()).toBe("n is 1"), { timeout: 5000 });
});

test("one connection for all, none when nobody looks", async () => {
  serve({ "/api/n": () => ({ body: { n: 1 } }) });
  const { unmount } = render(
    <>
      <Shown path="/api/n" />
      <Shown path="/api/n?" />
    </>,
  );
  expect(Silent.all).toHaveLength(1);
  unmount();
  expect(Silent.all[0]?.readyState).toBe(2);
});

test("signed out is known from any answer", async () => {
  serve({ "/api/n": () => ({ status: 401, body: { code: "sign_in", detail: "sign in first" } }) });
  render(<Shown path="/api/n" />);
  await waitFor(() => expect(door.isShut()).toBe(true));
});
