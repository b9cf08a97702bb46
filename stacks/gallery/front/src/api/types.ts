/** What the back end sends (backend/app/schemas.py). */

export interface Person {
  id: string;
  username: string;
  display_name: string;
}

export interface SignedIn {
  access_token: string;
  expires_in: number;
  user: Person;
}

export interface Album {
  id: string;
  title: string;
  shared: boolean;
  owner: Person;
  mine: boolean;
  photos: number;
  cover: string | null;
  cover_colour: string | null;
  created_at: string;
}

export type Size = "small" | "medium" | "large" | "original";

export interface Photo {
  id: string;
  album_id: string;
  album_title: string;
  title: string;
  owner: Person;
  mine: boolean;
  width: number;
  height: number;
  colour: string;
  status: "processing" | "ready" | "failed";
  taken_at: string | null;
  created_at: string;
  likes: number;
  liked: boolean;
  comments: number;
  urls: Partial<Record<Size, string>>;
}

export interface PhotoPage {
  items: Photo[];
  next: string | null;
}

export interface Comment {
  id: string;
  body: string;
  author: Person;
  mine: boolean;
  created_at: string;
}

export type Scope = "all" | "mine" | "liked";
