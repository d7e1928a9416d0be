import { byId, settled } from './dom';
import { PreviewReader, previewOf, type Preview } from './preview.reader';
import { PreviewView } from './preview.view';
import { counted, type Json } from './words';

/** `follow` has no rows of its own: a group at the upstream has them. */
export type Source = 'paste' | 'file' | 'link' | 'follow';
const sources: readonly Source[] = ['paste', 'file', 'link', 'follow'];

/** What a look behind a link found: the service fetches it, since a page may not. */
export type Look = (url: string) => Promise<{ preview: readonly Json[]; num_inputs: number } | undefined>;

/** Where the rows come from, and what is understood of them while they are pasted, dropped or looked at. */
export class InputsView {
  private readonly text = byId<HTMLTextAreaElement>('inputs');
  private readonly picker = byId<HTMLInputElement>('file');
  private readonly link = byId<HTMLInputElement>('link');
  private readonly view = new PreviewView();
  private dropped: File | undefined;
  private reading = 0;
  source: Source = 'paste';
  preview: Preview | undefined;

  constructor(
    private readonly changed: () => void,
    private readonly look: Look,
  ) {
    for (const name of sources) byId(`tab-${name}`).addEventListener('click', () => this.choose(name));
    byId('tab-paste').parentElement!.addEventListener('keydown', (event) => this.turn(event));
    this.text.addEventListener(
      'input',
      settled(150, () => this.readText()),
    );
    this.picker.addEventListener('change', () => this.take(this.picker.files?.[0]));
    this.link.addEventListener('input', () => this.forget());
    byId('look').addEventListener('click', () => void this.lookBehind());
    this.acceptDrops(byId('step-inputs'));
    if (this.file) this.choose('file');
    else this.choose('paste');
  }

  get file(): File | undefined {
    return this.dropped ?? this.picker.files?.[0];
  }

  /** What is sent, as text of the field or as a file; undefined while there is nothing. */
  get content(): string | File | undefined {
    if (this.source === 'file') return this.file;
    if (this.source === 'follow') return undefined;
    const text = this.source === 'link' ? this.link.value.trim() : this.text.value;
    return text.trim() === '' ? undefined : text;
  }

  setText(text: string): void {
    this.text.value = text;
    this.choose('paste');
  }

  choose(source: Source): void {
    this.source = source;
    for (const name of sources) {
      const tab = byId(`tab-${name}`);
      tab.setAttribute('aria-selected', String(name === source));
      tab.tabIndex = name === source ? 0 : -1;
      byId(`source-${name}`).hidden = name !== source;
    }
    if (source === 'paste') this.readText();
    else if (source === 'file') void this.readFile();
    else this.forget();
  }

  private turn(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = sources[(sources.indexOf(this.source) + step + sources.length) % sources.length]!;
    this.choose(next);
    byId(`tab-${next}`).focus();
  }

  private acceptDrops(place: HTMLElement): void {
    const over = (is: boolean) => place.classList.toggle('dropping', is);
    place.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      over(true);
    });
    place.addEventListener('dragleave', (event) => {
      if (!place.contains(event.relatedTarget as Node | null)) over(false);
    });
    place.addEventListener('drop', (event) => {
      over(false);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      this.take(file);
    });
  }

  private take(file: File | undefined): void {
    if (!file) return;
    this.dropped = file;
    this.choose('file');
  }

  private readText(): void {
    this.reading++;
    const text = this.text.value;
    if (/^\s*https?:\/\/\S+\s*$/i.test(text)) {
      this.link.value = text.trim();
      this.text.value = '';
      this.choose('link');
      return byId('link').focus();
    }
    this.tell(text.trim() === '' ? undefined : previewOf(text));
  }

  private async readFile(): Promise<void> {
    const mine = ++this.reading;
    const file = this.file;
    byId('drop-title').textContent = file ? file.name : 'Drop a file here, or choose one';
    if (!file) return this.tell(undefined);
    byId('drop-hint').textContent = `${sizeText(file.size)} — drop or choose another to replace it`;
    const reader = new PreviewReader(file.name);
    let shownAt = 0;
    try {
      const stream = file.stream().pipeThrough(new TextDecoderStream('utf-8', { fatal: true }) as never);
      for await (const text of stream as unknown as AsyncIterable<string>) {
        if (mine !== this.reading) return;
        reader.push(text);
        // A large file is counted while one looks on.
        if (Date.now() - shownAt < 200) continue;
        shownAt = Date.now();
        this.view.show(reader.soFar(), 'so far');
        await new Promise(requestAnimationFrame);
      }
    } catch {
      if (mine === this.reading) this.fail('This file cannot be read as text in UTF-8.');
      return;
    }
    if (mine === this.reading) this.tell(reader.end());
  }

  private async lookBehind(): Promise<void> {
    const mine = ++this.reading;
    const url = this.link.value.trim();
    if (url === '') return this.link.focus();
    this.view.say('Fetching it…');
    const found = await this.look(url);
    if (mine !== this.reading) return;
    if (!found) return this.forget();
    const first = previewOf(JSON.stringify(found.preview));
    this.tell({ ...first, format: undefined, count: found.num_inputs });
  }

  private forget(): void {
    this.reading++;
    this.tell(undefined);
  }

  private fail(message: string): void {
    this.preview = undefined;
    this.view.say(message);
    this.changed();
  }

  private tell(preview: Preview | undefined): void {
    this.preview = preview;
    if (preview) this.view.show(preview);
    else this.view.hide();
    this.changed();
  }
}

const sizeText = (bytes: number): string =>
  bytes < 1_024
    ? counted(bytes, 'byte')
    : bytes < 1_048_576
      ? `${Math.round(bytes / 1_024)} KiB`
      : `${(bytes / 1_048_576).toFixed(1)} MiB`;
