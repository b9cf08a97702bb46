/** What can be known of a picture before it is sent. */

const TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
export const ACCEPT = TYPES.join(",");
const MOST = 5 * 1024 * 1024;

/** Why it cannot be sent, or null. */
export function whyNot(file: { type: string; size: number }): string | null {
  if (file.type && !TYPES.includes(file.type)) return "Only JPEG, PNG, WebP and GIF pictures can be shown.";
  if (file.size > MOST) return "The picture is larger than 5 MB.";
  if (file.size === 0) return "The file is empty.";
  return null;
}
