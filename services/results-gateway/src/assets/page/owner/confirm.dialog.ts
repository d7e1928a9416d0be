import { attributes, make } from '../view/dom';

export interface Question {
  readonly title: string;
  /** What comes of it, point by point. */
  readonly points: readonly string[];
  /** The word on the button that does it. */
  readonly act: string;
  /** The word on the button that does not. */
  readonly keep: string;
  readonly isGrave?: boolean;
  /** Does it; answers why it could not be done, or undefined when it was. */
  readonly doIt: () => Promise<string | undefined>;
}

/** Asks once more before something cannot be undone. Who only presses Enter has changed nothing. */
export function confirm({ title, points, act, keep, isGrave = false, doIt }: Question): void {
  const dialog = make('dialog', { className: 'ask' });
  const fault = attributes(make('p', { className: 'fault', hidden: true }), { role: 'alert' });
  const back = make('button', { type: 'button', className: 'button', onclick: () => dialog.close() }, keep);
  const button = make('button', { type: 'button', className: `button ${isGrave ? 'grave' : 'strong'}` }, act);
  button.onclick = async () => {
    button.disabled = true;
    button.textContent = 'Asking…';
    fault.hidden = true;
    const why = await doIt();
    if (why === undefined) return dialog.close();
    button.disabled = false;
    button.textContent = act;
    fault.textContent = why;
    fault.hidden = false;
  };
  const heading = make('h2', { id: 'confirm-title' }, title);
  const list = make(
    'ul',
    { className: 'points', id: 'confirm-points' },
    ...points.map((point) => make('li', {}, point)),
  );
  dialog.append(heading, list, fault, make('div', { className: 'ask-buttons' }, back, button));
  attributes(dialog, { 'aria-labelledby': heading.id, 'aria-describedby': list.id });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  back.focus();
}
