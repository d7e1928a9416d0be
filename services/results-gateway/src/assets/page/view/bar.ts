import { statusOrder } from '../data/row.order';
import { attributes } from './dom';

/** Rows by status as pieces of a bar that is 1,000 wide. */
export function progressRects(counts: Readonly<Record<string, number>>, total: number): SVGRectElement[] {
  let x = 0;
  return statusOrder.flatMap((status) => {
    if (!counts[status]) return [];
    const width = (counts[status] / total) * 1_000;
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    attributes(rect, { class: status, x: x.toFixed(2), width: width.toFixed(2), height: '10' });
    x += width;
    return [rect];
  });
}
