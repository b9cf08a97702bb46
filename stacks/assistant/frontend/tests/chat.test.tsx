import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Chat } from "../src/components/chat";
import { Silent, bytes, serve } from "./server";

const KEY = "0".repeat(32);
const BEGIN = `event: begin\ndata: {"dialogue":"${KEY}","question":1}\n\n`;
const piece = (text: string) => `event: piece\ndata: ${JSON.stringify({ text })}\n\n`;
const END = 'event: end\ndata: {"id":2,"status":"complete"}\n\n';
const STATUS = () => ({ body: { version: "1", model: "tiny", bot: { connected: true, seconds: 1 } } });

beforeEach(() => {
  vi.stubGlobal("EventSource", Silent);
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  Element.prototype.scrollTo = () => undefined;
  history.replaceState(null, "", "/chat");
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function write(text: string) {
  const field = screen.getByLabelText("Message");
  fireEvent.change(field, { target: { value: text } });
  return field;
}

test("Enter sends, the answer grows, the address keeps the dialogue", async () => {
  const asked = serve({ "/api/chat": () => ({ stream: bytes(BEGIN, piece("Hello"), piece(", person"), END) }), "/api/status": STATUS });
  render(<Chat />);
  fireEvent.keyDown(write("Hi"), { key: "Enter" });
  await waitFor(() => expect(screen.getByText("Hello, person")).toBeTruthy());
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("Assistant: Hello, person"));
  expect(JSON.parse(String(asked.find((a) => a.path === "/api/chat")?.init?.body))).toEqual({ text: "Hi", dialogue: null });
  expect(location.search).toBe(`?dialogue=${KEY}`);
  expect((screen.getByLabelText("Message") as HTMLTextAreaElement).value).toBe("");
});

test("Shift and Enter begin a new line; an empty message is not sent", async () => {
  const asked = serve({ "/api/status": STATUS });
  render(<Chat />);
  fireEvent.keyDown(write("Hi"), { key: "Enter", shiftKey: true });
  fireEvent.keyDown(write("   "), { key: "Enter" });
  await act(async () => undefined);
  expect(asked.filter((a) => a.path === "/api/chat")).toEqual([]);
});

test("Stop ends the answer and keeps what was said", async () => {
  serve({
    "/api/chat": (init) => ({
      stream: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(BEGIN + piece("Part of")));
          init?.signal?.addEventListener("abort", () => controller.error(new DOMException("", "AbortError")));
        },
      }),
    }),
    "/api/status": STATUS,
  });
  render(<Chat />);
  fireEvent.keyDown(write("Hi"), { key: "Enter" });
  await screen.findByText("Part of");
  fireEvent.click(screen.getByRole("button", { name: "Stop the answer" }));
  await screen.findByText("stopped");
  expect(screen.getByRole("button", { name: "Send" })).toBeTruthy();
});

test("what did not arrive need not be typed again", async () => {
  serve({ "/api/chat": () => ({ status: 503, body: { code: "unavailable", detail: "away for a moment" } }), "/api/status": STATUS });
  render(<Chat />);
  fireEvent.keyDown(write("Precious words"), { key: "Enter" });
  await waitFor(() => expect(screen.getByRole("alert").textContent).toBe("Away for a moment."));
  expect((screen.getByLabelText("Message") as HTMLTextAreaElement).value).toBe("Precious words");
  expect(screen.queryAllByRole("listitem")).toEqual([]);
});

test("a reload goes on with the dialogue of the address", async () => {
  history.replaceState(null, "", `/chat?dialogue=${KEY}`);
  const message = { id: 1, role: "user", content: "Before", status: "complete" };
  serve({ [`/api/dialogues/${KEY}`]: () => ({ body: { dialogue: { source: "web" }, messages: [message], earlier: false } }), "/api/status": STATUS });
  render(<Chat />);
  expect(await screen.findByText("Before")).toBeTruthy();
});

test("offline is said before anybody asks", async () => {
  serve({ "/api/status": () => ({ body: { version: "1", model: null, bot: { connected: false, seconds: null } } }) });
  render(<Chat />);
  expect(await screen.findByText(/The assistant is offline/)).toBeTruthy();
});
