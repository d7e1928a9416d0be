export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** `$0.60`, and `$0.005` where cents do not say it. */
export function dollars(amount: number): string {
  const cents = amount.toFixed(2);
  if (Number(cents) !== amount) return `$${String(amount)}`;
  return `$${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** `10 s`, `4 min`, `2 h`, each rounded. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(seconds < 36_000 ? 1 : 0)} h`;
}

/** A value in the one or two lines a cell has for it. */
export function cellText(value: Json | undefined): string {
  const text = value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

export const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
};
