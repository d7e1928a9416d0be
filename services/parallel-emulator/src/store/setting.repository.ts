import type { Database } from './database';

/** Small values that must outlive a restart. */
export class SettingRepository {
  constructor(private readonly db: Database) {}

  get(name: string): string | undefined {
    return this.db.get('SELECT value FROM setting WHERE name = ?', name)?.value as string | undefined;
  }

  set(name: string, value: string): void {
    this.db.run('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', name, value);
  }
}
