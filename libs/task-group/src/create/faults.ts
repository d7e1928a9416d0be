import { MultitaskError, type ErrorCode, type FieldError } from '@multitask/contracts';
import { shownName } from './shown-name';

/** More would not help anybody to correct a request. */
const shownFaults = 20;

/** A list of faults as one error: its message is the first fault, its field the first field, its `errors` all of them. */
export function refuse(code: ErrorCode, faults: readonly FieldError[]): never {
  const [first] = faults;
  if (!first) throw new TypeError('nothing to refuse');
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new MultitaskError(code, `${sentence(first)}${more}`, {
    field: first.field,
    errors: faults.slice(0, shownFaults),
  });
}

const sentence = (fault: FieldError): string => {
  const text = fault.field === '' ? fault.message : `${fault.field} ${fault.message}`;
  return /[.?]$/.test(text) ? text : `${text}.`;
};

/** `['mcp_servers', 0, 'url']` as `mcp_servers[0].url`; names that users chose are shown as far as they are names. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text === '' ? '' : `${text}.`}${shownName(String(part))}`,
    '',
  );
