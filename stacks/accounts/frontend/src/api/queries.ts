/** What the pages read and change, kept in one cache. */
import {
  type InfiniteData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api } from "./api";
import { ApiError, read } from "./client";
import { session } from "./session";
import type { Change, PeoplePage, Profile } from "./types";

const MOST_RETRIES = 6;
const ME = ["me"] as const;

/** As long as the service asks for, else a little longer each time. */
export function retryDelay(count: number, error: Error): number {
  const asked = error instanceof ApiError ? error.retryAfter * 1000 : 0;
  return Math.max(asked, Math.min(500 * 2 ** count, 8000));
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => error instanceof ApiError && error.passing && count < MOST_RETRIES,
        retryDelay: (count, error) => retryDelay(count, error as Error),
      },
    },
  });
}

export const useMe = () => useQuery({ queryKey: ME, queryFn: () => api<Profile>("GET", "/api/users/me") });

export function usePerson(id: string) {
  return useQuery({ queryKey: ["person", id], queryFn: () => api<Profile>("GET", `/api/users/${encodeURIComponent(id)}`) });
}

export function usePeople(words: string) {
  return useInfiniteQuery({
    queryKey: ["people", words],
    queryFn: ({ pageParam }) =>
      api<PeoplePage>("GET", `/api/users/search?${new URLSearchParams({ q: words, after: pageParam })}`),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before: InfiniteData<PeoplePage, string> | undefined) => before,
  });
}

/** Changes of the own profile: what is answered is what is shown, and lists are read anew. */
function useOwn<T>(work: (value: T) => Promise<Profile>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (profile) => {
      queries.setQueryData(ME, profile);
      queries.setQueryData(["person", profile.id], profile);
      void queries.invalidateQueries({ queryKey: ["people"] });
    },
  });
}

export const useChange = () => useOwn((change: Change) => api<Profile>("PATCH", "/api/users/me", change));
export const useHideAvatar = () => useOwn<void>(() => api<Profile>("DELETE", "/api/users/me/avatar"));
export const useShowAvatar = () => useOwn((file: Blob) => sendPicture(file));

async function sendPicture(file: Blob): Promise<Profile> {
  const put = (token: string | null) =>
    fetch("/api/users/me/avatar", { method: "PUT", body: file, headers: token ? { Authorization: `Bearer ${token}` } : {} });
  const token = session.token();
  const first = await put(token);
  if (first.status !== 401) return read<Profile>(first);
  await session.renew(token);
  return read<Profile>(await put(session.token()));
}
