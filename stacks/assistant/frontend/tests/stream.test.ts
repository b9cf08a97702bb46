import { expect, test } from "vitest";
import { events } from "../src/lib/stream";
import { bytes } from "./server";

async function read(stream: ReadableStream<Uint8Array>) {
  const found = [];
  for await (const event of events(stream)) found.push(event);
  return found;
}

const WHOLE = 'event: begin\ndata: {"dialogue":"k","question":1}\n\n: still here\n\nevent: piece\ndata: {"text":"é\\n\\nn"}\n\n';

test("events, without the comments", async () => {
  expect(await read(bytes(WHOLE))).toEqual([
    { name: "begin", dialogue: "k", question: 1 },
    { name: "piece", text: "é\n\nn" },
  ]);
});

test("however the bytes were cut", async () => {
  const all = new TextEncoder().encode(WHOLE);
  const one = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of all) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await read(one)).toHaveLength(2);
});

test("half an event is none", async () => {
  expect(await read(bytes('event: piece\ndata: {"te'))).toEqual([]);
});
