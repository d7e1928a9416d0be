import { answeredCodes, type AnsweredCode } from './error.codes';
import { MultitaskError, type FieldError } from './multitask.error';

/** Characters of a problem document that are looked at: the longest we send has 20 faults and stays below. */
const maxProblemLength = 65_536;

/** The error that an answer other than 2xx says: a problem document (RFC 9457), or whatever a proxy wrote instead. */
export async function errorOf(answer: Response): Promise<MultitaskError> {
  const text = (await answer.text().catch(() => '')).slice(0, maxProblemLength);
  const problem = parsed(text);
  const common = {
    status: answer.status,
    retryAfter: retryAfterOf(answer.headers),
    requestId: answer.headers.get('x-request-id') ?? undefined,
  };
  if (!problem || words(problem.code) === undefined) return strange(answer.status, common);
  // A code of a newer installation: its sentence still says what is wrong.
  const code = isAnswered(problem.code) ? problem.code : 'unexpected_answer';
  return new MultitaskError(code, words(problem.detail) ?? words(problem.title) ?? String(problem.code), {
    ...common,
    retryable: problem.retryable === true,
    field: words(problem.field),
    errors: fieldErrors(problem.errors),
  });
}

/** Seconds of `Retry-After`, as a number or as a date; undefined without one that can be read. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}

/** A redirect is not followed with a key in hand. A gateway in between that has nobody to ask says 502, 503 or 504 in its own words: that passes. */
function strange(status: number, common: { status: number; retryAfter?: number; requestId?: string }): MultitaskError {
  if (status === 0 || (status >= 300 && status < 400))
    return new MultitaskError('unexpected_answer', 'The answer is a redirect, which is not followed with an API key.', {
      ...common,
    });
  const gateway = [429, 502, 503, 504].includes(status);
  return new MultitaskError(
    gateway ? (status === 429 ? 'rate_limited' : 'service_unreachable') : 'unexpected_answer',
    gateway
      ? `What stands before Multitask answered ${status}.`
      : `The answer was ${status}, without a problem document of Multitask.`,
    { ...common, retryable: gateway },
  );
}

type Problem = Readonly<Record<string, unknown>>;

function parsed(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

const isAnswered = (code: unknown): code is AnsweredCode => answeredCodes.some((known) => known === code);

const words = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { field, message } = (one ?? {}) as Partial<FieldError>;
    return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
  });
}
