import { byId, make } from './dom';
import { placesOf, type Problem } from './problem.places';

/** Shows what is wrong, each thing beside its field, and leads there. */
export class FaultsView {
  private readonly alert = byId('alert');
  private readonly places = new Map(
    [...document.querySelectorAll<HTMLElement>('[data-field]')].map((place) => [place.dataset.field!, place]),
  );

  get fields(): string[] {
    return [...this.places.keys()];
  }

  /** Says what is wrong with a field; undefined takes it back. */
  say(field: string, message: string | undefined): void {
    const place = this.places.get(field);
    const room = place?.querySelector<HTMLElement>('.fault');
    if (!place || !room) return;
    const text = message ?? '';
    if (room.textContent === text) return;
    room.textContent = text;
    room.hidden = text === '';
    for (const control of controlsIn(place))
      if (text === '') control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
  }

  /** What a field is told to be wrong right now. */
  told = (field: string): boolean => this.places.get(field)?.querySelector('.fault')?.textContent !== '';

  clear(): void {
    for (const field of this.places.keys()) this.say(field, undefined);
    this.alert.hidden = true;
    this.alert.replaceChildren();
  }

  /** A refusal of the API: each fault goes to its field, the first gets the focus. */
  show(problem: Problem): void {
    this.clear();
    const placed = placesOf(problem, this.fields);
    const together = new Map<string, string[]>();
    for (const { field, message } of placed)
      if (field !== undefined) together.set(field, [...(together.get(field) ?? []), message]);
    for (const [field, messages] of together) this.say(field, [...new Set(messages)].join(' '));
    const loose = placed.filter(({ field }) => field === undefined).map(({ message }) => message);
    this.alert.replaceChildren(
      make('b', {}, problem.title ?? 'This cannot be started'),
      loose.length === 0
        ? make('p', {}, together.size === 1 ? 'The field is marked.' : `${together.size} fields are marked.`)
        : loose.length === 1
          ? make('p', {}, loose[0]!)
          : make('ul', {}, ...loose.map((message) => make('li', {}, message))),
    );
    this.alert.hidden = false;
    for (const field of together.keys()) this.unfold(field);
    const [first] = together.keys();
    if (first === undefined) this.alert.focus();
    else this.lead(first);
  }

  private unfold(field: string): void {
    let fold = this.places.get(field)?.closest('details');
    for (; fold; fold = fold.parentElement?.closest('details')) fold.open = true;
  }

  private lead(field: string): void {
    const place = this.places.get(field);
    if (!place) return;
    const control = controlsIn(place).find((one) => one.offsetParent !== null && one.getClientRects().length > 0);
    place.scrollIntoView({ block: 'center' });
    control?.focus({ preventScroll: true });
  }
}

const controlsIn = (place: HTMLElement): HTMLElement[] => [
  ...place.querySelectorAll<HTMLElement>('input:not([type=hidden]), textarea, select'),
];
