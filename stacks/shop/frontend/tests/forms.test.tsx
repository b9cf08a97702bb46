import { act, fireEvent, render, screen } from "@testing-library/react";
import axe from "axe-core";
import { beforeEach, expect, test, vi } from "vitest";
import { SignInForm } from "@/components/account-forms";
import { AddToCart } from "@/components/add-to-cart";
import { CancelOrder } from "@/components/cancel-order";
import { CheckoutForm } from "@/components/checkout-form";
import { Refused, send } from "@/lib/client";

const router = { push: vi.fn(), refresh: vi.fn() };
vi.mock("next/navigation", () => ({ useRouter: () => router }));
vi.mock("next/link", () => ({ default: (props: Record<string, unknown>) => <a {...props} /> }));
vi.mock("@/lib/client", async (original) => ({ ...(await original<typeof import("@/lib/client")>()), send: vi.fn() }));

const sent = vi.mocked(send);

beforeEach(() => {
  sent.mockReset();
  router.push.mockReset();
  router.refresh.mockReset();
});

const press = (name: string) => act(async () => fireEvent.click(screen.getByRole("button", { name })));
const type = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
/** What a browser insists on before it sends the form of the checkout. */
const fillIn = () => {
  const wanted = { "E-mail": "ada@example.com", Name: "Ada", "Street and number": "1 Lane", Postcode: "123", City: "Malmö" };
  for (const [label, value] of Object.entries(wanted)) type(new RegExp(`^${label}`), value);
};
const frame = () => act(() => new Promise((done) => requestAnimationFrame(() => done(undefined))));

async function objections() {
  const found = await axe.run(document.body, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  return found.violations.map((broken) => broken.id);
}

test("so many pieces go into the cart, and it is said", async () => {
  sent.mockResolvedValue({});
  render(<AddToCart product={7} name="Mug" stock={3} />);
  expect(screen.getAllByRole("option")).toHaveLength(3);
  type("Quantity", "2");
  await press("Add to cart");
  expect(sent).toHaveBeenCalledWith("POST", "/cart/lines/", { product: 7, quantity: 2 });
  expect(screen.getByRole("status").textContent).toContain("2 pieces of Mug put into your cart.");
  expect(screen.getByRole("link", { name: "View cart" })).toBeTruthy();
  expect(router.refresh).toHaveBeenCalledOnce();
});

test("what the back end refuses is said as well", async () => {
  sent.mockRejectedValue(new Refused(409, "This is sold out."));
  render(<AddToCart product={7} name="Mug" stock={3} />);
  await press("Add to cart");
  expect(screen.getByRole("status").textContent?.trim()).toBe("This is sold out.");
  expect(router.refresh).not.toHaveBeenCalled();
});

test("an order sends the cart and the total that were seen, and leads to its page", async () => {
  sent.mockResolvedValue({ key: "k" });
  render(<CheckoutForm cart="c" total="29.00" user={{ email: "ada@example.com", name: "Ada", is_staff: false }} />);
  expect(await objections()).toEqual([]);
  type("Street and number", "1 Lane");
  type("Postcode", "123");
  type("City", "Malmö");
  await press("Place order");
  expect(sent).toHaveBeenCalledWith("POST", "/orders/", {
    cart: "c", total: "29.00", email: "ada@example.com", name: "Ada", address: "1 Lane", postcode: "123",
    city: "Malmö", note: "",
  });
  expect(router.push).toHaveBeenCalledWith("/order/k");
});

test("a field that is refused says why, is marked, and has the focus", async () => {
  sent.mockRejectedValue(new Refused(400, "Please look at what is marked.", { city: "Needed." }));
  render(<CheckoutForm cart="c" total="29.00" user={null} />);
  fillIn();
  await press("Place order");
  await frame();
  const city = screen.getByLabelText("City");
  expect(city.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(city.getAttribute("aria-describedby")!)?.textContent).toBe("Needed.");
  expect(document.activeElement).toBe(city);
  expect(screen.getByRole("alert").textContent).toBe("Please look at what is marked.");
  expect(await objections()).toEqual([]);
});

test("when something is sold meanwhile the page is asked for anew", async () => {
  sent.mockRejectedValue(new Refused(409, "Mug is sold out."));
  render(<CheckoutForm cart="c" total="29.00" user={null} />);
  fillIn();
  await press("Place order");
  expect(screen.getByRole("alert").textContent).toBe("Mug is sold out.");
  expect(router.refresh).toHaveBeenCalledOnce();
  expect(router.push).not.toHaveBeenCalled();
});

test("the button pressed twice sends once", async () => {
  let answer: (value: unknown) => void = () => {};
  sent.mockReturnValue(new Promise((done) => { answer = done; }));
  render(<SignInForm next="/checkout" />);
  type("E-mail", "ada@example.com");
  type("Password", "correct horse battery");
  const button = screen.getByRole("button", { name: "Sign in" });
  await act(async () => { fireEvent.click(button); });
  await act(async () => { fireEvent.click(button); });
  expect(sent).toHaveBeenCalledOnce();
  expect(button.textContent).toBe("Signing in…");
  await act(async () => answer({}));
  expect(router.push).toHaveBeenCalledWith("/checkout");
});

test("an order is cancelled only when one says so twice", async () => {
  sent.mockResolvedValue({});
  render(<CancelOrder order="k" />);
  await press("Cancel order");
  await press("Keep it");
  await press("Cancel order");
  expect(sent).not.toHaveBeenCalled();
  await press("Yes, cancel it");
  expect(sent).toHaveBeenCalledWith("POST", "/orders/k/cancel/");
});
