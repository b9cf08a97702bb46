import { answered, asJson } from "./api";

export type ChatEvent =
  | { name: "begin"; dialogue: string; question: number }
  | { name: "piece"; text: string }
  | { name: "end"; id: number | null; status: string };

/** Ask, and hear the answer as it is thought of. Ends when the answer does; aborting it stops the assistant. */
export async function* chat(text: string, dialogue: string | undefined, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const response = await answered("/api/chat", { ...asJson({ text, dialogue: dialogue ?? null }), signal });
  if (!response.body) return;
  yield* events(response.body);
}

/** Server-Sent Events from bytes, however they were cut on the way; comments are left out. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ChatEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += decoder.decode(value, { stream: !done });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): ChatEvent | undefined {
  let name = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    if (line.startsWith("data: ")) data += line.slice(6);
  }
  return name ? ({ name, ...JSON.parse(data) } as ChatEvent) : undefined;
}
