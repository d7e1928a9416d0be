import type { StatusJson } from '../data/answer';
import { attributes, make } from '../view/dom';
import { DeliveriesPart } from './deliveries.part';
import { JournalPart } from './journal.part';
import { forgetKeptKey, keptKey } from './kept.key';
import type { Deliveries } from './owner.answers';
import type { OwnerClient } from './owner.client';
import { RowsPart } from './rows.part';
import { Tabs } from './tabs';

export interface OwnerListener {
  retry(): void;
  deleted(): void;
}

/**
 * What only the owner of a group may see and do, beside the table. Until the key was found good there is nothing here but where
 * to enter it.
 */
export class OwnerDrawer {
  private readonly element = make('dialog', { id: 'owner', className: 'panel owner' });
  private readonly content = make('div', { className: 'panel-content' });
  private readonly lock = make('button', { type: 'button', className: 'link', hidden: true }, 'Forget the key');
  private readonly said = attributes(make('p', { className: 'said', hidden: true }), { role: 'status' });
  private readonly commandPath: string;
  private parts: { readonly rows: RowsPart; readonly tabs: Tabs } | undefined;
  private isGone = false;

  constructor(
    groupId: string,
    private readonly client: OwnerClient,
    private status: StatusJson,
    private readonly usdPerRow: number | undefined,
    private readonly listener: OwnerListener,
  ) {
    this.commandPath = `/v1beta/tasks/multitask/${groupId}`;
    const close = make('button', { type: 'button', className: 'icon', onclick: () => this.element.close() }, '✕');
    attributes(close, { 'aria-label': 'Close' });
    this.lock.onclick = () => {
      forgetKeptKey();
      this.forget();
    };
    this.element.append(
      make(
        'div',
        { className: 'panel-head' },
        make('h2', { id: 'owner-title', tabIndex: -1 }, 'Manage this group'),
        make('div', { className: 'panel-tools' }, this.lock, close),
      ),
      this.content,
    );
    attributes(this.element, { 'aria-labelledby': 'owner-title' });
    this.element.addEventListener('close', () => this.parts?.tabs.hide());
    document.body.append(this.element);
  }

  open(): void {
    if (this.isGone) return;
    this.element.showModal();
    if (this.parts) return this.parts.tabs.show();
    const kept = this.client.needsKey ? keptKey() : '';
    if (!this.client.isKnown && kept === '') return this.askForKey('');
    this.content.replaceChildren(make('p', { className: 'quiet' }, 'Asking…'));
    void this.enter(kept || undefined, (fault) => this.askForKey(fault), true);
  }

  draw(status: StatusJson): void {
    this.status = status;
    this.parts?.rows.draw(status);
  }

  /** There is nothing left to manage. */
  end(): void {
    this.isGone = true;
    this.forget();
    this.element.close();
  }

  private forget(): void {
    this.client.forget();
    this.parts?.tabs.hide();
    this.parts = undefined;
    this.lock.hidden = true;
    if (this.element.open) this.askForKey('');
  }

  private askForKey(fault: string): void {
    const key = make('input', { type: 'password', id: 'owner-key', autocomplete: 'off', spellcheck: false });
    attributes(key, { 'aria-describedby': 'owner-hint owner-fault' });
    const why = attributes(make('p', { className: 'fault', id: 'owner-fault' }), { role: 'alert' });
    const button = make('button', { type: 'submit', className: 'button strong' }, 'Open');
    const say = (text: string) => {
      why.textContent = text;
      why.hidden = text === '';
    };
    const form = make(
      'form',
      { className: 'owner-form', noValidate: true },
      make(
        'p',
        {},
        'Rows, webhook and log of a group are its owner’s: whoever has the key it was made with, or one that can read it at Parallel.',
      ),
      make('label', { htmlFor: key.id }, 'Parallel API key of the group’s owner'),
      key,
      make(
        'p',
        { className: 'hint', id: 'owner-hint' },
        'Goes to this service alone, and is forgotten when you leave this page.',
      ),
      why,
      button,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (key.value.trim() === '') {
        say('Enter the API key the group was made with.');
        return key.focus();
      }
      button.disabled = true;
      button.textContent = 'Asking…';
      void this.enter(key.value.trim(), (told) => {
        button.disabled = false;
        button.textContent = 'Open';
        say(told);
        key.focus();
      });
    });
    say(fault);
    this.content.replaceChildren(form);
    key.focus();
  }

  /** The deliveries are an owner's alone: who may see them may do the rest. */
  private async enter(key: string | undefined, refused: (fault: string) => void, isTry = false): Promise<void> {
    const told = await this.client.ask<Deliveries>(`${this.commandPath}/webhook`, key === undefined ? {} : { key });
    if (this.isGone) return;
    if (!told.isGood) {
      // Nobody has entered anything yet: that the key at hand is not the owner's is no fault of theirs.
      const isAnothers = isTry && (told.code === 'not_owner' || told.code === 'key_missing');
      return refused(isAnothers ? '' : told.fault);
    }
    if (key !== undefined) this.client.remember(key);
    this.drawParts();
  }

  private drawParts(): void {
    const { client, commandPath, listener } = this;
    const say = (text: string) => this.say(text);
    const rows = new RowsPart(client, commandPath, this.usdPerRow, {
      retry: () => listener.retry(),
      deleted: () => listener.deleted(),
      say,
    });
    const deliveries = new DeliveriesPart(client, `${commandPath}/webhook`, say);
    const journal = new JournalPart(client, `${commandPath}/events`);
    const tabs = new Tabs('What to manage', [
      { name: 'Rows', panel: rows.element },
      { name: 'Webhook', panel: deliveries.element, show: () => deliveries.show(), hide: () => deliveries.hide() },
      { name: 'Log', panel: journal.element, show: () => journal.show() },
    ]);
    rows.draw(this.status);
    this.parts = { rows, tabs };
    this.lock.hidden = !client.hasKey;
    this.say('');
    const mine = make('p', { className: 'my-groups' }, make('a', { href: '/groups' }, 'All my groups'));
    this.content.replaceChildren(tabs.list, this.said, ...tabs.panels, mine);
    tabs.show();
    if (this.element.open) tabs.focus();
  }

  private say(text: string): void {
    this.said.textContent = text;
    this.said.hidden = text === '';
  }
}
