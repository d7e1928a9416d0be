/** Groups remembered at most: two short texts and a number each. */
const defaultLimit = 20_000;

/**
 * How far readers of this process have been told of groups from the log, where the read model is behind. Nobody is shown less
 * afterwards: a row that was seen done does not go back to the queue because the read model has yet to catch up.
 */
export class ToldPositions {
  private readonly told = new Map<string, { readonly incarnation: string; readonly seq: number }>();

  constructor(private readonly limit = defaultLimit) {}

  note(groupId: string, incarnation: string, seq: number): void {
    const known = this.told.get(groupId);
    if (known?.incarnation === incarnation && known.seq >= seq) return;
    this.told.delete(groupId);
    this.told.set(groupId, { incarnation, seq });
    // The longest-standing one: by now the read model has most likely caught up with it.
    if (this.told.size > this.limit) this.told.delete(this.told.keys().next().value!);
  }

  /** Whether a state of the read model holds everything that was told; it is not asked again once it does. */
  covers(groupId: string, { incarnation, seq }: { readonly incarnation: string; readonly seq: number }): boolean {
    const known = this.told.get(groupId);
    if (!known) return true;
    if (known.incarnation === incarnation && seq < known.seq) return false;
    this.told.delete(groupId);
    return true;
  }
}
