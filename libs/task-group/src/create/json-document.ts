import { limits, MultitaskError, type JsonValue } from '@multitask/contracts';
import { hasManyValues } from './json-bulk';
import { JsonFaultError, checkJson } from './json-safety';

/** No row the upstream takes (25,000 characters) and no specification comes near. */
const maxValues = 50_000;

/**
 * Parses text that came from outside. Refuses what is not JSON, nests deeper than we take, has more than 50,000 values, or names
 * `__proto__`. It takes some 5 ms for a text of a Mi character, which is the largest it is given.
 * `what` starts the message, such as `The body`; `field` is the field at fault, when it is one.
 */
export function parseJson(text: string, what: string, field?: string): JsonValue {
  let value: unknown;
  if (hasManyValues(text, maxValues))
    throw new MultitaskError('malformed_body', `${what} has more than ${maxValues} values.`, { field });
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new MultitaskError('malformed_body', `${what} is not valid JSON${placeOf(error, text)}.`, { field });
  }
  try {
    checkJson(value, limits.jsonDepth);
  } catch (error) {
    if (!(error instanceof JsonFaultError)) throw error;
    throw new MultitaskError('malformed_body', `${what} ${error.message}.`, { field });
  }
  return value as JsonValue;
}

/** Only the place is taken from the engine's message: the rest may quote what the user sent. */
function placeOf(error: unknown, text: string): string {
  const match = error instanceof Error ? /position (\d+)/.exec(error.message) : null;
  if (!match) return text.trim() === '' ? ' (it is empty)' : '';
  const before = text.slice(0, Number(match[1]));
  const line = before.split('\n').length;
  return ` (line ${line}, character ${before.length - before.lastIndexOf('\n')})`;
}
