/** A rate is told over the last minute: shorter jumps with each batch, longer tells of the past. */
const windowMs = 60_000;
const leastMs = 4_000;

/** How fast rows end, from when the page saw them end. */
export class PaceMeter {
  private readonly marks: { readonly at: number; readonly done: number }[] = [];

  note(done: number, at: number): void {
    const last = this.marks.at(-1);
    // Fewer than before: a retry began, and what was measured is of another generation.
    if (last && done < last.done) this.marks.length = 0;
    if (last && at - last.at < 500 && done === last.done) return;
    this.marks.push({ at, done });
    while (this.marks.length > 2 && this.marks[1]!.at < at - windowMs) this.marks.shift();
  }

  /** `14 rows a minute · about 3 min left`; empty while there is nothing to tell from. */
  text(left: number, now: number): string {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (!first || !last || left <= 0) return '';
    const [done, ms] = [last.done - first.done, now - first.at];
    if (done === 0 || ms < leastMs) return '';
    return paceText((done / ms) * 60_000, (left * ms) / done / 1_000);
  }
}

/** In the words of the server's first paint: `pace.ts` of result-formats. */
export function paceText(perMinute: number, secondsLeft: number): string {
  const rate = perMinute >= 10 ? Math.round(perMinute) : Math.max(0.1, Math.round(perMinute * 10) / 10);
  return `${rate.toLocaleString('en')} ${rate === 1 ? 'row' : 'rows'} a minute · ${timeLeft(secondsLeft)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 50) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `about ${hours} h` : `about ${Math.round(hours / 24)} days`;
}
