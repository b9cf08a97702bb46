import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// React's own sign that what changes a page in a test is waited for.
(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

afterEach(cleanup);

// A test that makes the page complain fails.
for (const kind of ["error", "warn"] as const) {
  vi.spyOn(console, kind).mockImplementation((...said: unknown[]) => {
    throw new Error(`console.${kind}: ${said.join(" ")}`);
  });
}
