/** Browsers lower subscripts by a table of the font for mathematics; on a system without one they stay up. */

/** Mark the page if its subscripts end where the letter before them ends, so that its style lowers them. */
export function markSubscripts(page: HTMLElement): void {
  const shown = [...page.querySelectorAll("msub")].find((one) => one.getBoundingClientRect().height > 0);
  const [letter, index] = [...(shown?.children ?? [])].map((one) => one.getBoundingClientRect());
  if (!letter || !index) return;
  page.classList.toggle("subscripts-on-baseline", index.bottom - letter.bottom < 0.1 * index.height);
}
