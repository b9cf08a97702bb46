// The API as the server asks it, inside the stack. Never in the browser: API_URL is no address there.
import "server-only";
import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import { cache } from "react";
import type { Category, Visit } from "./types";

const BASE = process.env.API_URL ?? "http://localhost:8000/api/v1";
const PATIENCE_MS = 10_000;

export class Unavailable extends Error {}

/** An answer of the catalogue, the same for everyone. */
export const get = <T>(path: string): Promise<T> => ask<T>(path, {});

/** An answer for who asks: their cookies go with it. */
export async function getAsVisitor<T>(path: string): Promise<T> {
  return ask<T>(path, { cookie: (await cookies()).toString() });
}

async function ask<T>(path: string, headers: Record<string, string>): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(BASE + path, { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new Unavailable(`${path}: ${error}`);
  }
  if (answer.status === 404) notFound();
  if (!answer.ok) throw new Unavailable(`${path}: ${answer.status}`);
  return (await answer.json()) as T;
}

export const NOBODY: Visit = { user: null, cart_count: 0 };

/** Who asks; without a session nobody needs to be asked. Once a request, however many parts of a page want to know. */
export const visit = cache(async (): Promise<Visit> => {
  if (!(await cookies()).has("sessionid")) return NOBODY;
  return getAsVisitor<Visit>("/account/");
});

export const categories = cache(() => get<Category[]>("/categories/"));
