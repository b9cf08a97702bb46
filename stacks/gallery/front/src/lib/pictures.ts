/** Which file of a picture the browser should take, and where it will stand. */
import type { Photo } from "../api/types";

/** Longest edge of each thumbnail, as backend/app/images.py makes them. */
const EDGES = { small: 400, medium: 1000, large: 2000 } as const;

export function ratio(photo: Pick<Photo, "width" | "height">): number {
  return photo.width / photo.height;
}

/** A very wide or very tall picture would take a whole row or hardly a line: in the grid it is cropped. */
export function gridRatio(photo: Pick<Photo, "width" | "height">): number {
  return Math.min(2.4, Math.max(0.6, ratio(photo)));
}

/** How wide a thumbnail really is: the edge counts along the longer side, and small pictures are not enlarged. */
export function widthAt(photo: Pick<Photo, "width" | "height">, edge: number): number {
  const scale = Math.min(1, edge / Math.max(photo.width, photo.height));
  return Math.max(1, Math.round(photo.width * scale));
}

export function srcSet(photo: Photo): string {
  return (Object.keys(EDGES) as (keyof typeof EDGES)[])
    .filter((size) => photo.urls[size])
    .map((size) => `${photo.urls[size]} ${widthAt(photo, EDGES[size])}w`)
    .join(", ");
}
