import type { GroupWarning } from '@multitask/contracts';
import type { KnownLoss } from '@multitask/read-model';

export interface LossQuestions {
  isAny(): Promise<boolean>;
  ofGroup(groupId: string): Promise<readonly KnownLoss[]>;
}

/** A longer list is not shown to its end: the operator has it. */
const shownLosses = 5;

/** A database that could not be asked is left alone so long: whoever reads meanwhile should not wait for it again. */
const restMs = 5_000;

/** A repair gives the log its new incarnation at its beginning, and says at its end what is lost: that there is none is asked again. */
const noneForMs = 5_000;

/**
 * What groups lost when the log was set back. Almost always nothing: that is asked for once in a while, and not for each reader. A
 * database that is away keeps no result from its readers.
 */
export class LossBook {
  private known: { readonly incarnation: string; readonly isAny: boolean; readonly until: number } | undefined;
  private restUntil = 0;

  constructor(private readonly questions: LossQuestions) {}

  /** What whoever looks at this group should know. */
  async warningsOf(groupId: string, incarnation: string): Promise<GroupWarning[]> {
    const known = await this.lossesOf(groupId, incarnation);
    return known
      .filter(({ losses }) => losses.length > 0)
      .map((loss) => ({ code: 'log_set_back', message: wordsFor(loss) }));
  }

  /** When the whole of this group was lost, `2026-11-21`; undefined when it was not. */
  async lostOn(groupId: string, incarnation: string): Promise<string | undefined> {
    const known = await this.lossesOf(groupId, incarnation);
    const lost = known.find(({ isWhole }) => isWhole);
    return lost && dateOf(lost);
  }

  private async lossesOf(groupId: string, incarnation: string): Promise<readonly KnownLoss[]> {
    if (Date.now() < this.restUntil) return [];
    try {
      return (await this.isAny(incarnation)) ? await this.questions.ofGroup(groupId) : [];
    } catch {
      this.restUntil = Date.now() + restMs;
      return [];
    }
  }

  private async isAny(incarnation: string): Promise<boolean> {
    if (this.known?.incarnation !== incarnation || Date.now() >= this.known.until) {
      const isAny = await this.questions.isAny();
      this.known = { incarnation, isAny, until: isAny ? Infinity : Date.now() + noneForMs };
    }
    return this.known.isAny;
  }
}

function wordsFor(loss: KnownLoss): string {
  // People count rows from 1, as the page does.
  const named = loss.losses.map((one) => one.replace(/^row (\d+)/, (_all, row: string) => `row ${Number(row) + 1}`));
  const shown = named.slice(0, shownLosses).join('; ');
  const more = named.length > shownLosses ? `; and more` : '';
  return `The service’s log was set back to an older copy on ${dateOf(loss)}. What could not be restored of this group: ${shown}${more}.`;
}

const dateOf = ({ noticedAt }: KnownLoss): string => noticedAt.toISOString().slice(0, 10);
