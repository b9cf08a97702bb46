// What the API answers (backend/apps/*/serializers.py).

export type Pictures = { "320": string; "640": string; "1280": string } | null;

export type Category = { name: string; slug: string; product_count: number };

export type Product = {
  id: number;
  name: string;
  slug: string;
  category: string;
  price: string;
  stock: number;
  pictures: Pictures;
  rating: number | null;
  review_count: number;
};

export type ProductPage = Product & { category_name: string; description: string };

export type Page<T> = { count: number; page: number; pages: number; results: T[] };

export type Review = {
  id: number;
  rating: number;
  body: string;
  author: string;
  created_at: string;
  pictures: Pictures;
};

export type Reviews = Page<Review> & { may_review: boolean };

export type CartLine = { product: Product; quantity: number; total: string; available: boolean };

export type Cart = { id: string | null; lines: CartLine[]; count: number; total: string };

export type Person = { email: string; name: string; is_staff: boolean };

export type Visit = { user: Person | null; cart_count: number };

export type OrderStatus = "placed" | "shipped" | "cancelled";

export type Order = {
  key: string;
  number: number;
  status: OrderStatus;
  total: string;
  created_at: string;
  email: string;
  name: string;
  address: string;
  postcode: string;
  city: string;
  note: string;
  lines: { name: string; slug: string; price: string; quantity: number; pictures: Pictures }[];
};
