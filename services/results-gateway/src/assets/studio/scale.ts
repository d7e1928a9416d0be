/** Round numbers from 0 (or below) to at least the greatest value, some five of them. */
export function ticks(least: number, greatest: number): number[] {
  const low = Math.min(0, least);
  const high = Math.max(0, greatest);
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 5)!;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  // From whole numbers: adding steps up would leave dust behind the point.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** `1,234`, `2.5 M`, `0.003`: what fits beside a bar. */
export function amount(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return value.toExponential(2);
  for (const [unit, sign] of [
    [1e12, ' T'],
    [1e9, ' G'],
    [1e6, ' M'],
  ] as const)
    if (size >= unit) return `${Number((value / unit).toPrecision(3))}${sign}`;
  return Number(value.toPrecision(6)).toLocaleString('en', { maximumFractionDigits: 6 });
}

/** Whether labels are on a line by themselves: numbers or days, going one way. */
export function isOrdered(labels: readonly string[]): boolean {
  if (labels.length < 3) return false;
  const numbers = labels.map((label) =>
    /^\d{4}-\d{2}(-\d{2})?/.test(label) ? Date.parse(label.slice(0, 10)) : Number(label || NaN),
  );
  if (numbers.some(Number.isNaN)) return false;
  return (
    numbers.every((value, i) => i === 0 || value >= numbers[i - 1]!) ||
    numbers.every((value, i) => i === 0 || value <= numbers[i - 1]!)
  );
}
