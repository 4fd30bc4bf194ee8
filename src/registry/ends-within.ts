/** What an engine, or a loading that nobody can cut short any more, takes to end, generously: whoever closes does not wait longer. */
export const closingMs = 3_000;

/** Whether it is done in time; what comes later is nobody's business. Rejects where it rejects in time. */
export async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
