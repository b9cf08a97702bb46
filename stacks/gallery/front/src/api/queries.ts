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
import { ApiError } from "./client";
import type { Album, Comment, Photo, PhotoPage, Scope } from "./types";

const MOST_RETRIES = 6;
const PROCESSING_POLL_MS = 1500;

export interface PhotoFilter {
  scope: Scope;
  album?: string;
  q?: string;
}

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 20_000,
        retry: (count, error) => error instanceof ApiError && error.passing && count < MOST_RETRIES,
        retryDelay: (count, error) => retryDelay(count, error as Error),
      },
      mutations: {
        retry: (count, error) => error instanceof ApiError && error.status === 503 && count < 3,
        retryDelay: (count, error) => retryDelay(count, error as Error),
      },
    },
  });
}

/** As long as the back end asks for, else a little longer each time. */
export function retryDelay(count: number, error: Error): number {
  const asked = error instanceof ApiError ? error.retryAfter : 0;
  return asked ? asked * 1000 : Math.min(500 * 2 ** count, 8000);
}

export function photosPath(filter: PhotoFilter, cursor: string | null): string {
  const query = new URLSearchParams({ scope: filter.scope });
  if (filter.album) query.set("album", filter.album);
  if (filter.q?.trim()) query.set("q", filter.q.trim());
  if (cursor) query.set("cursor", cursor);
  return `/api/photos?${query}`;
}

type Pages = InfiniteData<PhotoPage, string | null>;

export function usePhotos(filter: PhotoFilter) {
  return useInfiniteQuery({
    queryKey: ["photos", filter],
    queryFn: ({ pageParam }) => api<PhotoPage>("GET", photosPath(filter, pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: (query) => (anyProcessing(query.state.data) ? PROCESSING_POLL_MS : false),
  });
}

export function anyProcessing(data: Pages | undefined): boolean {
  return data?.pages.some((page) => page.items.some((photo) => photo.status === "processing")) ?? false;
}

export function usePhoto(id: string | null) {
  return useQuery({
    queryKey: ["photo", id],
    queryFn: () => api<Photo>("GET", `/api/photos/${id}`),
    enabled: id !== null,
  });
}

export function useAlbums() {
  return useQuery({ queryKey: ["albums"], queryFn: () => api<Album[]>("GET", "/api/albums") });
}

export function useAlbum(id: string) {
  return useQuery({ queryKey: ["albums", id], queryFn: () => api<Album>("GET", `/api/albums/${id}`) });
}

export function useComments(photoId: string) {
  return useQuery({
    queryKey: ["comments", photoId],
    queryFn: () => api<Comment[]>("GET", `/api/photos/${photoId}/comments`),
  });
}

/** Change one photo wherever the cache holds it. */
export function patchPhoto(client: QueryClient, id: string, change: (photo: Photo) => Photo): void {
  const patch = (photo: Photo) => (photo.id === id ? change(photo) : photo);
  client.setQueriesData<Pages>({ queryKey: ["photos"] }, (data) =>
    data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(patch) })) },
  );
  client.setQueryData<Photo>(["photo", id], (photo) => photo && change(photo));
}

export function withLike(photo: Photo, liked: boolean): Photo {
  const difference = Number(liked) - Number(photo.liked);
  return { ...photo, liked, likes: photo.likes + difference };
}

/** The heart answers at once and is taken back if the back end disagrees. */
export function useLike() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ photo, liked }: { photo: Photo; liked: boolean }) =>
      api<{ likes: number; liked: boolean }>(liked ? "PUT" : "DELETE", `/api/photos/${photo.id}/like`),
    onMutate: ({ photo, liked }) => patchPhoto(client, photo.id, (p) => withLike(p, liked)),
    onSuccess: (now, { photo }) => patchPhoto(client, photo.id, (p) => ({ ...p, ...now })),
    onError: (_, { photo, liked }) => patchPhoto(client, photo.id, (p) => withLike(p, !liked)),
    onSettled: () => client.invalidateQueries({ queryKey: ["photos", { scope: "liked" }] }),
  });
}

/** The caches named by `stale` are read again, without waiting: what asked for the change may be gone by then. */
function useChange<Input, Output>(run: (input: Input) => Promise<Output>, ...stale: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export interface AlbumDraft {
  title: string;
  shared: boolean;
}

export const useCreateAlbum = () =>
  useChange((draft: AlbumDraft) => api<Album>("POST", "/api/albums", draft), "albums");

export const useChangeAlbum = (id: string) =>
  useChange((draft: AlbumDraft) => api<Album>("PATCH", `/api/albums/${id}`, draft), "albums", "photos");

export const useDeleteAlbum = () =>
  useChange((id: string) => api<void>("DELETE", `/api/albums/${id}`), "albums", "photos");

export const useRenamePhoto = () =>
  useChange(({ id, title }: { id: string; title: string }) => api<Photo>("PATCH", `/api/photos/${id}`, { title }), "photos");

export const useDeletePhoto = () =>
  useChange((id: string) => api<void>("DELETE", `/api/photos/${id}`), "photos", "albums");

export const useAddComment = (photoId: string) =>
  useChange((body: string) => api<Comment>("POST", `/api/photos/${photoId}/comments`, { body }), "comments", "photos");

export const useDeleteComment = () =>
  useChange((id: string) => api<void>("DELETE", `/api/comments/${id}`), "comments", "photos");
