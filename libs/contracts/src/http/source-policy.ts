import { z } from 'zod';
import { limits } from '../limits';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';

/** A plain domain (it covers its subdomains) or a suffix with a leading dot such as `.gov`; no scheme, no path. */
const domainPattern = new RegExp(`^\\.?${label}(?:\\.${label})*$`, 'i');

const domain = z
  .string()
  .max(253, 'must be at most 253 characters')
  .regex(
    domainPattern,
    'must be a plain domain such as "example.com" or a suffix such as ".gov", without scheme or path',
  );

const isCalendarDate = (text: string): boolean => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
};

/** When both lists are given, the upstream follows `include_domains` alone. */
export const sourcePolicyFields = z
  .strictObject({
    include_domains: z.array(domain).optional(),
    exclude_domains: z.array(domain).optional(),
    after_date: z.string().refine(isCalendarDate, 'must be a date such as 2026-01-31').optional(),
  })
  .refine(
    (policy) =>
      (policy.include_domains?.length ?? 0) + (policy.exclude_domains?.length ?? 0) <= limits.sourcePolicyDomains,
    `must name at most ${limits.sourcePolicyDomains} domains over both lists`,
  );
