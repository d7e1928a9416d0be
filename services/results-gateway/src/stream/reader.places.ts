import { MultitaskError } from '@multitask/contracts';

/** Of everybody: the fault is ours. Of one address: somebody there has to end a stream first, which takes longer. */
const retryAfterSeconds = { all: 5, address: 30 };

/** How many event streams are open, in all and for each address they are asked for from. In memory, of this process. */
export class ReaderPlaces {
  private all = 0;
  private readonly byAddress = new Map<string, number>();

  constructor(private readonly limits: { readonly all: number; readonly perAddress: number }) {}

  /**
   * Takes a place until the returned function is called; without an address, none is counted. A place is taken before the
   * request is looked at: thousands that arrive together would otherwise all find room.
   * Throws `rate_limited` when the address has too many, `not_ready` when all together are too many.
   */
  take(address: string | undefined): () => void {
    const open = (address !== undefined && this.byAddress.get(address)) || 0;
    if (open >= this.limits.perAddress)
      throw new MultitaskError(
        'rate_limited',
        `More than ${this.limits.perAddress} event streams are open from your address. Close some, or wait.`,
        { retryAfter: retryAfterSeconds.address },
      );
    if (this.all >= this.limits.all)
      throw new MultitaskError('not_ready', 'Too many event streams are open here. Please try again.', {
        retryAfter: retryAfterSeconds.all,
      });
    this.all++;
    if (address !== undefined) this.byAddress.set(address, open + 1);
    let taken = true;
    return () => {
      if (taken) this.giveBack(address);
      taken = false;
    };
  }

  private giveBack(address: string | undefined): void {
    this.all--;
    if (address === undefined) return;
    const open = this.byAddress.get(address)! - 1;
    if (open > 0) this.byAddress.set(address, open);
    else this.byAddress.delete(address);
  }
}
