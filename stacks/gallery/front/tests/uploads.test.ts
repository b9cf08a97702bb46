import { describe, expect, it } from "vitest";
import { heading } from "../src/components/upload-panel";
import { type Action, MOST_BYTES, type Upload, due, reduce, refusal, summary } from "../src/lib/uploads";

function file(name: string, size = 1000, type = "image/jpeg"): File {
  const made = new File(["x"], name, { type });
  Object.defineProperty(made, "size", { value: size });
  return made;
}

const after = (...actions: Action[]) => actions.reduce<readonly Upload[]>(reduce, []);
const add = (...files: File[]): Action => ({ type: "add", files, album: "a", firstId: 1 });

describe("what is not even sent", () => {
  it.each([
    ["another kind of picture", 10, "image/gif", /Only JPEG/],
    ["no picture at all", 10, "application/zip", /Only JPEG/],
    ["too large", MOST_BYTES + 1, "image/jpeg", /25 MB/],
    ["empty", 0, "image/png", /empty/],
  ])("%s", (_, size, type, words) => {
    expect(refusal({ name: "a", size, type })).toMatch(words);
  });

  it("what fits is sent", () => {
    expect(refusal({ name: "a", size: MOST_BYTES, type: "image/webp" })).toBeNull();
  });

  it("fails at once and the rest goes on", () => {
    const uploads = after(add(file("a.gif", 10, "image/gif"), file("b.jpg")));
    expect(uploads.map((upload) => upload.status)).toEqual(["failed", "waiting"]);
    expect(due(uploads).map((upload) => upload.file.name)).toEqual(["b.jpg"]);
  });
});

describe("the queue", () => {
  const four = add(file("a"), file("b"), file("c"), file("d"));

  it("sends two at a time", () => {
    expect(due(after(four)).map((upload) => upload.id)).toEqual([1, 2]);
    expect(due(after(four, { type: "start", id: 1 }, { type: "start", id: 2 }))).toEqual([]);
    const oneDone = after(four, { type: "start", id: 1 }, { type: "start", id: 2 }, { type: "done", id: 1 });
    expect(due(oneDone).map((upload) => upload.id)).toEqual([3]);
  });

  it("tries a failed one again from the start", () => {
    const failed = after(add(file("a")), { type: "start", id: 1 }, { type: "progress", id: 1, progress: 0.5 }, { type: "fail", id: 1, error: "no" });
    expect(failed[0]).toMatchObject({ status: "failed", error: "no" });
    const again = reduce(failed, { type: "retry", id: 1 })[0];
    expect(again).toMatchObject({ status: "waiting", progress: 0 });
    expect(again).not.toHaveProperty("error");
  });

  it("keeps what is still going when the list is cleared", () => {
    const uploads = after(four, { type: "start", id: 1 }, { type: "done", id: 2 }, { type: "fail", id: 3, error: "no" }, { type: "clear" });
    expect(uploads.map((upload) => upload.id)).toEqual([1, 4]);
  });

  it("removes one", () => {
    expect(after(four, { type: "remove", id: 2 }).map((upload) => upload.id)).toEqual([1, 3, 4]);
  });

  it("weighs progress by size", () => {
    const uploads = after(add(file("a", 900), file("b", 100)), { type: "start", id: 1 }, { type: "progress", id: 1, progress: 0.5 });
    expect(summary(uploads)).toMatchObject({ total: 2, active: 2, progress: 0.45 });
  });

  it("says how it stands", () => {
    const sum = { total: 0, done: 0, failed: 0, active: 0, progress: 0 };
    expect(heading({ ...sum, active: 1 })).toBe("Adding 1 photo…");
    expect(heading({ ...sum, done: 3 })).toBe("3 photos added");
    expect(heading({ ...sum, done: 1, failed: 2 })).toBe("1 photo added, 2 not added");
  });
});
