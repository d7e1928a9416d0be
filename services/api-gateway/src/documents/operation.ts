import { errorKinds, type ErrorCode } from '@multitask/contracts';

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly deprecated?: boolean;
  readonly security?: readonly object[];
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}

export const reference = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/** The failures an operation may answer with, by status; the codes of a status come from the registry. */
export function problems(...statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(statuses.map((status) => [String(status), problem(status, codesOf(status))]));
}

const codesOf = (status: number): ErrorCode[] =>
  (Object.keys(errorKinds) as ErrorCode[]).filter(
    (code) => errorKinds[code].status === status && !('surface' in errorKinds[code]),
  );

/** A failure with codes of its own. */
export function problem(status: number, codes: readonly ErrorCode[]): object {
  const [first] = codes;
  return {
    description: codes.map((code) => `\`${code}\`: ${errorKinds[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: reference('Problem'),
        example: {
          type: `urn:multitask:error:${first}`,
          title: errorKinds[first!].title,
          status,
          detail: 'What is wrong, and what to do about it.',
          code: first,
          retryable: errorKinds[first!].retryable,
        },
      },
    },
  };
}

/** The same failures where they are told in the format of the path. */
export const toldAs = (
  mediaType: 'text/html' | 'text/markdown',
  failures: Record<string, object>,
): Record<string, object> =>
  Object.fromEntries(
    Object.entries(failures).map(([status, failure]) => [
      status,
      {
        ...failure,
        content: { [mediaType]: { schema: { type: 'string' }, example: 'What is wrong, and what to do about it.' } },
      },
    ]),
  );
