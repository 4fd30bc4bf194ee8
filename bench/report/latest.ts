const latest = /(?<=<!-- latest -->\n).*(?=<!-- \/latest -->)/s;

/**
 * A page with what stands between its two `latest` marks replaced.
 *
 * @throws Error where the marks are missing
 */
export function withLatest(page: string, text: string): string {
  if (!latest.test(page)) throw new Error("the page has no <!-- latest --> and <!-- /latest --> lines");
  return page.replace(latest, () => text);
}
