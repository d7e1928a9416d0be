const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and inside quoted attributes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);

/** JSON for a script element that is data: nothing in it may end the element. */
export const dataElement = (id: string, value: unknown): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;

export interface FieldOptions {
  /** Of the create request; dotted for a part of it. */
  readonly name: string;
  /** Made of the name unless the page has it twice. */
  readonly id?: string;
  readonly label: string;
  readonly hint?: string;
  readonly type?: 'text' | 'url' | 'number' | 'password' | 'date' | 'textarea';
  readonly value?: string;
  readonly placeholder?: string;
  /** Attributes as they are. */
  readonly more?: string;
  readonly rows?: number;
  readonly isWide?: boolean;
}

/** A label, its control, what it is for, and room for what is wrong with it. */
export function field(options: FieldOptions): string {
  const { name, label, hint, type = 'text', value = '', placeholder = '', more = '', rows = 3, isWide } = options;
  const id = options.id ?? idOf(name);
  const described = `aria-describedby="${hint === undefined ? '' : `${id}-hint `}${id}-fault"`;
  const shared = `id="${id}" name="${name}" ${described}${placeholder && ` placeholder="${escaped(placeholder)}"`}${more && ` ${more}`}`;
  const control =
    type === 'textarea'
      ? `<textarea ${shared} rows="${rows}">\n${escaped(value)}</textarea>`
      : `<input ${shared} type="${type}" value="${escaped(value)}">`;
  return `<div class="field${isWide ? ' wide' : ''}" data-field="${name}">
<label for="${id}">${label}</label>
${control}
${hint === undefined ? '' : `<p class="hint" id="${id}-hint">${hint}</p>`}
${faultRoom(id)}
</div>`;
}

export const faultRoom = (name: string): string => `<p class="fault" id="${idOf(name)}-fault" hidden></p>`;

export const idOf = (name: string): string => name.replaceAll('.', '-');

/** A part of the form with a number of its own. */
export const step = (id: string, number: string, title: string, lead: string, content: string): string =>
  `<section class="step" id="${id}" aria-labelledby="${id}-title">
<header class="step-head">
<span class="step-number" aria-hidden="true">${number}</span>
<div><h2 id="${id}-title">${title}</h2><p class="lead">${lead}</p></div>
</header>
${content}
</section>`;
