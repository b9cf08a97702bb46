/** Requests of the person who is signed in: the token goes along, and is renewed once when it has run out. */
import { read, send } from "./client";
import { session } from "./session";

export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const token = session.token();
  const response = await send(method, path, body, token);
  if (response.status !== 401) return read<T>(response);
  await session.renew(token);
  return read<T>(await send(method, path, body, session.token()));
}
