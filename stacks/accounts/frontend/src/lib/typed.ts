/** The address that was typed on one page of the entrance is there on the next. Gone when the page is closed. */
export const typed = { email: "" };
