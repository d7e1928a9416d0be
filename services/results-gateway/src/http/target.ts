import { isRunId, isTaskGroupId, MultitaskError } from '@multitask/contracts';
import { formats, negotiate, type Format } from '@multitask/result-formats';

/** What a path names: `tgrp_…`, `trun_…`, either with `.json` and the like. */
export interface Target {
  readonly id: string;
  /** Undefined when the path leaves it to the Accept header. `db` is a page to a browser and a file to everybody else. */
  readonly format: Format | 'db' | undefined;
}

const extension = new RegExp(`\\.(${formats.join('|')}|db)$`);

export function groupTarget(name: string): Target {
  const target = splitName(name);
  if (isTaskGroupId(target.id)) return target;
  throw new MultitaskError(
    name.startsWith('tgrp_') ? 'group_not_found' : 'path_not_found',
    name.startsWith('tgrp_')
      ? 'This is no task group id: it is tgrp_ and 32 hexadecimal digits.'
      : 'There is nothing at this path.',
  );
}

export function runTarget(name: string): Target {
  const target = splitName(name);
  if (isRunId(target.id)) return target;
  throw new MultitaskError('run_not_found', 'This is no run id: it is trun_ and 32 hexadecimal digits.');
}

function splitName(name: string): Target {
  const format = extension.exec(name)?.[1] as Target['format'];
  return { id: format ? name.slice(0, -format.length - 1) : name, format };
}

/** Whether `.db` was asked for by somebody who wants to look at it: a browser says that it likes pages better than anything. */
export const wantsStudio = (target: Target, accept: string | undefined): boolean =>
  target.format === 'db' && negotiate(accept, ['sqlite', 'html']) === 'html';

/** By the path if it says, else by the Accept header. Throws `not_acceptable`. */
export function formatOf(target: Target, accept: string | undefined, offered: readonly Format[]): Format {
  const named = target.format === 'db' ? 'sqlite' : target.format;
  if (named && !offered.includes(named))
    throw new MultitaskError('path_not_found', `This is not offered as .${target.format}.`);
  const format = named ?? negotiate(accept, offered);
  if (format) return format;
  throw new MultitaskError('not_acceptable', `Offered here: ${offered.join(', ')}; as an extension or by Accept.`);
}

/** The format a failure at this path is told in: as a page or as Markdown to whoever asked for that, else as JSON. */
export function problemFormat(url: string, accept: string | undefined): 'html' | 'md' | 'json' {
  const name = url.split('?', 1)[0]!.split('/').at(-1)!;
  const named = splitName(name).format;
  const asked = (named === 'db' ? undefined : named) ?? negotiate(accept) ?? 'json';
  return asked === 'html' || asked === 'md' ? asked : 'json';
}
