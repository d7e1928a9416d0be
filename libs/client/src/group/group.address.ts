import { MultitaskError } from '../error/multitask.error';

const groupId = /^tgrp_[0-9a-f]{32}$/;

/** Where a group is: its id, and the installation that has it. */
export interface GroupAddress {
  readonly origin: string;
  readonly id: string;
}

/** Reads an id, or any URL of a group: with an extension such as `.json`, with more of a path behind. Throws `foreign_url`. */
export function groupAddress(text: string, ownOrigin: string): GroupAddress {
  if (groupId.test(text)) return { origin: ownOrigin, id: text };
  const url = httpUrl(text);
  const names = url?.pathname.split('/').map((part) => part.replace(/\.[a-z]{1,10}$/, ''));
  const id = names?.find((name) => groupId.test(name));
  if (url && id !== undefined) return { origin: url.origin, id };
  throw new MultitaskError('foreign_url', 'This is neither the URL nor the id of a task group.');
}

/** Scheme, host and port of an installation. Throws `foreign_url`. */
export function originOf(text: string): string {
  const url = httpUrl(text);
  if (url) return url.origin;
  throw new MultitaskError('foreign_url', 'The address of an installation is an http:// or https:// URL.');
}

function httpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
