import { attributes, make } from '../page/view/dom';
import type { ChartAsked, Charted, Point, Ran } from './messages';
import { amount, isOrdered, ticks } from './scale';

/** Bars that fit a page; a line may have more points. */
const barsAtMost = 40;
const pointsAtMost = 1_000;

type Shape = 'auto' | 'bars' | 'line';

/** One value for each label of the answer, as bars or as a line. */
export class ChartView {
  private ran: Ran | undefined;
  private readonly label = choice('Label');
  private readonly value = choice('Value');
  private readonly shape = choice('Shape');
  private readonly plot = make('div', { className: 'plot' });
  private turn = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly ask: (chart: ChartAsked) => Promise<Charted>,
  ) {
    for (const [value, text] of [
      ['auto', 'What fits'],
      ['bars', 'Bars'],
      ['line', 'Line'],
    ] as const)
      this.shape.select.append(make('option', { value }, text));
    for (const { select } of [this.label, this.value, this.shape])
      select.addEventListener('change', () => void this.plotted());
    place.append(
      make('div', { className: 'chart-choices' }, this.label.box, this.value.box, this.shape.box),
      this.plot,
    );
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (!entry || Math.abs(entry.contentRect.width - width) < 8) return;
      width = entry.contentRect.width;
      void this.plotted();
    }).observe(this.plot);
  }

  /** `stay`: the same question was asked again, so what was chosen stays chosen. */
  async draw(ran: Ran, stay: boolean): Promise<void> {
    this.ran = ran;
    const same = stay && this.label.select.options.length === ran.columns.length;
    if (!same) {
      const options = () => ran.columns.map((name, index) => make('option', { value: String(index) }, name));
      this.label.select.replaceChildren(...options());
      this.value.select.replaceChildren(...options(), make('option', { value: '' }, 'how many rows'));
      const number = ran.numeric.findIndex((is, index) => is && !(index === 0 && ran.columns.length > 1));
      const text = ran.numeric.findIndex((is) => !is);
      this.label.select.value = String(text < 0 ? 0 : text);
      this.value.select.value = number < 0 ? '' : String(number);
    }
    await this.plotted();
  }

  private async plotted(): Promise<void> {
    if (!this.ran || this.place.hidden) return;
    if (this.ran.rows === 0)
      return this.plot.replaceChildren(make('p', { className: 'nothing' }, 'No rows, so there is nothing to draw.'));
    const turn = ++this.turn;
    const value = this.value.select.value === '' ? undefined : Number(this.value.select.value);
    const asked = { label: Number(this.label.select.value), value };
    const found = await this.ask({ ...asked, limit: pointsAtMost });
    if (turn !== this.turn) return;
    const wanted = this.shape.select.value as Shape;
    const isLine = wanted === 'line' || (wanted === 'auto' && isOrdered(found.points.map(({ label }) => label)));
    const points = isLine ? found.points : found.points.slice(0, barsAtMost);
    const left = found.left + found.points.length - points.length;
    const width = Math.max(280, this.plot.clientWidth);
    const names = [this.label, this.value].map(({ select }) => select.selectedOptions[0]?.textContent ?? '');
    const drawing = isLine ? line(points, width) : bars(points, width);
    attributes(drawing, { role: 'img', 'aria-label': spoken(points, names) });
    const rest = left > 0 && make('p', { className: 'nothing' }, `${left.toLocaleString('en')} more are not drawn.`);
    this.plot.replaceChildren(drawing, ...(rest ? [rest] : []));
  }
}

function choice(name: string): { box: HTMLElement; select: HTMLSelectElement } {
  const select = make('select', {});
  return { select, box: make('label', {}, make('span', {}, name), select) };
}

const spoken = (points: readonly Point[], [label, value]: readonly string[]): string =>
  `${value} by ${label}: ${points
    .slice(0, 12)
    .map((point) => `${point.label} ${amount(point.value)}`)
    .join(', ')}${points.length > 12 ? ' and more' : ''}`;

function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  values: Record<string, string | number>,
  text?: string,
) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

const canvas = (width: number, height: number) =>
  shape('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'drawing' });

/** Lying bars: names of any length can be read beside them. */
function bars(points: readonly Point[], width: number): SVGElement {
  const step = 30;
  const top = 8;
  const bottom = 28;
  const longest = Math.max(...points.map(({ label }) => label.length));
  const left = Math.round(Math.min(width * 0.36, longest * 7.2 + 16));
  const right = 66;
  const height = top + points.length * step + bottom;
  const marks = ticks(Math.min(...points.map(({ value }) => value)), Math.max(...points.map(({ value }) => value)));
  const [low, high] = [marks[0]!, marks.at(-1)!];
  const x = (value: number) => left + ((value - low) / (high - low || 1)) * (width - left - right);
  const drawing = canvas(width, height);
  for (const mark of marks) {
    drawing.append(
      shape('line', { x1: x(mark), x2: x(mark), y1: top, y2: height - bottom, class: mark === 0 ? 'axis' : 'mark' }),
    );
    drawing.append(shape('text', { x: x(mark), y: height - 8, class: 'scale', 'text-anchor': 'middle' }, amount(mark)));
  }
  const fits = Math.max(4, Math.floor((left - 14) / 7.2));
  for (const [index, { label, value }] of points.entries()) {
    const y = top + index * step;
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    const bar = shape('rect', {
      x: from,
      y: y + 5,
      width: Math.max(1, to - from),
      height: step - 10,
      rx: 3,
      class: 'beam',
    });
    bar.append(shape('title', {}, `${label}: ${value}`));
    const shown = label.length > fits ? `${label.slice(0, fits - 1)}…` : label;
    drawing.append(
      shape('text', { x: left - 10, y: y + step / 2 + 4, class: 'name', 'text-anchor': 'end' }, shown),
      bar,
      shape('text', { x: to + 7, y: y + step / 2 + 4, class: 'value' }, amount(value)),
    );
  }
  return drawing;
}

function line(points: readonly Point[], width: number): SVGElement {
  const height = Math.max(240, Math.min(420, width * 0.5));
  const [left, right, top, bottom] = [62, 18, 14, 34];
  const values = points.map(({ value }) => value);
  const marks = ticks(Math.min(...values), Math.max(...values));
  const [low, high] = [marks[0]!, marks.at(-1)!];
  const x = (index: number) => left + (index / Math.max(1, points.length - 1)) * (width - left - right);
  const y = (value: number) => height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom);
  const drawing = canvas(width, height);
  for (const mark of marks)
    drawing.append(
      shape('line', { x1: left, x2: width - right, y1: y(mark), y2: y(mark), class: mark === 0 ? 'axis' : 'mark' }),
      shape('text', { x: left - 9, y: y(mark) + 4, class: 'scale', 'text-anchor': 'end' }, amount(mark)),
    );
  const path = points
    .map(({ value }, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');
  drawing.append(
    shape('path', { d: `${path}L${x(points.length - 1)} ${y(0)}L${left} ${y(0)}Z`, class: 'area' }),
    shape('path', { d: path, class: 'curve' }),
  );
  if (points.length <= 60)
    for (const [index, { label, value }] of points.entries()) {
      const dot = shape('circle', { cx: x(index), cy: y(value), r: 3.5, class: 'point' });
      dot.append(shape('title', {}, `${label}: ${value}`));
      drawing.append(dot);
    }
  const every = Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 90)));
  for (const [index, { label }] of points.entries())
    if (index % every === 0)
      drawing.append(
        shape(
          'text',
          { x: x(index), y: height - 10, class: 'scale', 'text-anchor': index === 0 ? 'start' : 'middle' },
          label.slice(0, 12),
        ),
      );
  return drawing;
}
