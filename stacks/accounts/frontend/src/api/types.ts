/** What the services answer. */

export interface Account {
  id: string;
  email: string;
  name: string;
}

export interface SignedIn {
  access_token: string;
  expires_in: number;
  account: Account;
}

export interface Profile {
  id: string;
  name: string;
  headline: string;
  place: string;
  about: string;
  listed: boolean;
  avatar: { large: string; small: string } | null;
  joined_at: string;
}

export type Change = Partial<Pick<Profile, "name" | "headline" | "place" | "about" | "listed">>;

export interface PeoplePage {
  items: Profile[];
  next: string | null;
}
