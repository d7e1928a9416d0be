import { make } from '../view/dom';

const format = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant in the words of the reader's own clock. */
export function timeOf(instant: string): HTMLElement {
  const date = new Date(instant);
  return make('time', { dateTime: instant }, Number.isNaN(date.getTime()) ? instant : format.format(date));
}
