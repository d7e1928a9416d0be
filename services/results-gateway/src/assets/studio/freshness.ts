import { byId } from '../page/view/dom';
import { GroupFile } from './group.file';
import type { Opened } from './messages';

export interface FileTaker {
  take(file: ArrayBuffer): Promise<Opened>;
  failed(message: string): void;
}

/** Milliseconds between two looks at a small file; a larger one is looked at less often. */
const everyMs = 4_000;
/** A file of so many bytes is fetched every {@link everyMs} at most. */
const smallBytes = 2_000_000;

/** Keeps the file as new as the group is, while somebody looks and wants it so; says how new it is. */
export class Freshness {
  private readonly file: GroupFile;
  private readonly state = byId('freshness');
  private readonly wanted = byId<HTMLInputElement>('follow');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isActive = true;
  private bytes = 0;
  private message = '';

  constructor(
    url: string,
    private readonly taker: FileTaker,
  ) {
    this.file = new GroupFile(url);
    const soon = () => document.visibilityState === 'visible' && this.plan(0);
    document.addEventListener('visibilitychange', soon);
    addEventListener('online', soon);
    this.wanted.addEventListener('change', () => (this.wanted.checked ? this.plan(0) : clearTimeout(this.timer)));
  }

  async start(): Promise<void> {
    await this.look();
  }

  private plan(ms: number): void {
    clearTimeout(this.timer);
    if (this.isActive && this.wanted.checked) this.timer = setTimeout(() => void this.look(), ms);
  }

  private async look(): Promise<void> {
    if (document.visibilityState === 'hidden' && this.bytes > 0) return;
    const found = await this.file.fetch();
    if (found.kind === 'new') await this.took(found.file);
    else if (found.kind === 'gone') this.ended(found.reason);
    else if (found.kind === 'away')
      this.say(
        this.bytes > 0 ? 'away' : 'fault',
        this.bytes > 0
          ? `${this.message} · not connected: this copy still answers`
          : 'The file cannot be fetched just now. It is tried again.',
      );
    else this.say('fresh', this.message);
    this.plan(everyMs * Math.max(1, this.bytes / smallBytes));
  }

  private async took(file: ArrayBuffer): Promise<void> {
    this.bytes = file.byteLength;
    try {
      const { details } = await this.taker.take(file);
      this.isActive = details.is_active === 1;
      this.message = `${String(details.status_message)} ${size(this.bytes)}, as of ${new Date().toLocaleTimeString()}`;
      this.say(this.isActive ? 'fresh' : 'done', this.message);
      byId('following').hidden = !this.isActive;
    } catch (error) {
      this.isActive = false;
      this.say('fault', 'The file cannot be opened in this browser.');
      this.taker.failed((error as Error).message);
    }
  }

  private ended(reason: string): void {
    this.isActive = false;
    byId('following').hidden = true;
    this.say('fault', this.bytes > 0 ? `${reason} What is open here stays until you leave.` : reason);
  }

  private say(state: 'fresh' | 'done' | 'away' | 'fault', message: string): void {
    this.state.dataset.state = state;
    if (this.state.textContent !== message) this.state.textContent = message;
  }
}

const size = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
