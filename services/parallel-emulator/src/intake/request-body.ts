import type { z } from 'zod';
import { invalid, type Issue } from '../wire/api-error';

/** Reads a body with a schema; what does not fit is a 422 with every complaint (at most 50). */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined || body === null) throw invalid([{ loc: ['body'], msg: 'Field required', type: 'missing' }]);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => toIssues(issue, ['body'])).slice(0, 50));
}

type ZodIssue = z.core.$ZodIssue;

function toIssues(issue: ZodIssue, prefix: readonly (string | number)[]): Issue[] {
  const loc = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'invalid_union') {
    const closest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0];
    if (closest && depthOf(closest) > 0) return closest.flatMap((inner) => toIssues(inner, loc));
    return [{ loc, msg: 'Input matches none of the accepted forms', type: 'union_error' }];
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [{ loc, msg: 'Field required', type: 'missing' }];
  return [{ loc, msg: issue.message, type: issue.code }];
}

/** A branch of a union whose complaint lies deeper came closer to matching. */
const depthOf = (issues: readonly ZodIssue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));
