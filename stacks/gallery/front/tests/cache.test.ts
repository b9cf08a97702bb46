import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { ApiError } from "../src/api/client";
import { anyProcessing, patchPhoto, photosPath, retryDelay, withLike } from "../src/api/queries";
import type { Photo } from "../src/api/types";
import { gridRatio, srcSet, widthAt } from "../src/lib/pictures";

const photo: Photo = {
  id: "p1",
  album_id: "a",
  album_title: "Walks",
  title: "Wood",
  owner: { id: "u", username: "ann", display_name: "Ann" },
  mine: true,
  width: 3000,
  height: 2000,
  colour: "#123456",
  status: "ready",
  taken_at: null,
  created_at: "2026-01-01T00:00:00Z",
  likes: 1,
  liked: false,
  comments: 0,
  urls: { small: "/s", medium: "/m", large: "/l", original: "/o" },
};

const pages = (...items: Photo[]) => ({ pages: [{ items, next: null }], pageParams: [null] });

describe("the cache", () => {
  it("changes one photo in every list that has it", () => {
    const client = new QueryClient();
    client.setQueryData(["photos", { scope: "all" }], pages(photo, { ...photo, id: "p2" }));
    client.setQueryData(["photos", { scope: "mine" }], pages(photo));
    patchPhoto(client, "p1", (p) => withLike(p, true));
    const all = client.getQueryData<ReturnType<typeof pages>>(["photos", { scope: "all" }]);
    const mine = client.getQueryData<ReturnType<typeof pages>>(["photos", { scope: "mine" }]);
    expect(all?.pages[0]?.items.map((p) => p.likes)).toEqual([2, 1]);
    expect(mine?.pages[0]?.items[0]).toMatchObject({ liked: true, likes: 2 });
  });

  it("counts a like once however often it is set", () => {
    expect(withLike(withLike(photo, true), true).likes).toBe(2);
    expect(withLike(withLike(photo, true), false).likes).toBe(1);
  });

  it("asks again while something is being made ready", () => {
    expect(anyProcessing(undefined)).toBe(false);
    expect(anyProcessing(pages(photo))).toBe(false);
    expect(anyProcessing(pages(photo, { ...photo, status: "processing" }))).toBe(true);
  });

  it("waits as long as the back end asks, else longer each time", () => {
    expect(retryDelay(0, new ApiError(503, "unavailable", "", 2))).toBe(2000);
    expect([0, 1, 2, 9].map((n) => retryDelay(n, new ApiError(502, "http", "")))).toEqual([500, 1000, 2000, 8000]);
  });

  it("puts the filter into the address", () => {
    expect(photosPath({ scope: "all" }, null)).toBe("/api/photos?scope=all");
    expect(photosPath({ scope: "mine", album: "a b", q: " sea & sun " }, "c=")).toBe(
      "/api/photos?scope=mine&album=a+b&q=sea+%26+sun&cursor=c%3D",
    );
  });
});

describe("a picture", () => {
  it("offers its thumbnails by their real widths", () => {
    expect(srcSet(photo)).toBe("/s 400w, /m 1000w, /l 2000w");
    expect(srcSet({ ...photo, width: 2000, height: 3000 })).toBe("/s 267w, /m 667w, /l 1333w");
    expect(widthAt({ width: 300, height: 200 }, 2000)).toBe(300);
  });

  it("is cropped in the grid when it is very wide or very tall", () => {
    expect(gridRatio({ width: 9000, height: 1000 })).toBe(2.4);
    expect(gridRatio({ width: 1000, height: 9000 })).toBe(0.6);
    expect(gridRatio({ width: 3000, height: 2000 })).toBe(1.5);
  });
});
