import type { OrchestrationEvent, PausedTask, RunRecord, Task } from '@multitask/orchestration';
import { html } from '@multitask/result-formats';
import { badge, framed, shownValue, time, type Part } from './page.html';

export const runPath = (id: string): string => `/orchestration/runs/${encodeURIComponent(id)}`;
const taskPath = (id: string, what: string): string => `/orchestration/tasks/${encodeURIComponent(id)}/${what}`;

const name = ({ key, id }: Pick<Task, 'key' | 'id'>): string => key ?? id;

export function runsPage(runs: readonly RunRecord[], who: string, offset: number, more: boolean): string {
  return framed(
    { title: 'Runs', who, live: {} },
    html`<h1>Runs</h1>
      ${runs.length === 0 && html`<p>There are none${offset > 0 ? ' here' : ' yet'}.</p>`}
      ${
        runs.length > 0 &&
        html`<div class="wide" tabindex="0" role="region" aria-label="Runs">
          <table>
            <thead>
              <tr>
                <th>Run</th>
                <th>Status</th>
                <th>Namespace</th>
                <th>Tasks</th>
                <th>Changed</th>
              </tr>
            </thead>
            <tbody>
              ${runs.map(
                (run) =>
                  html`<tr>
                    <td><a href="${runPath(run.id)}">${run.externalId ?? run.id}</a></td>
                    <td>${badge(run.status)}</td>
                    <td>${run.namespace}</td>
                    <td>${countsOf(run)}</td>
                    <td>${time(run.updatedAt)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
      }
      <nav>
        ${offset > 0 && html`<a href="/orchestration?offset=${Math.max(0, offset - 50)}">Newer</a>`}
        ${more && html`<a href="/orchestration?offset=${offset + 50}">Older</a>`}
      </nav>`,
  );
}

const countsOf = ({ counts }: RunRecord): string =>
  Object.entries(counts)
    .filter(([place]) => place !== 'ready')
    .map(([place, count]) => `${count} ${place.replace('_', ' ')}`)
    .join(', ');

export interface RunView {
  readonly run: RunRecord;
  readonly tasks: readonly Task[];
  /** Where the tasks after these begin. */
  readonly next: number | undefined;
  /** The newest first. */
  readonly events: readonly OrchestrationEvent[];
  readonly paused: readonly PausedTask[];
  /** Names of tasks that are depended on, as far as they have one. */
  readonly names: ReadonlyMap<string, string>;
}

export function runPage({ run, tasks, next, events, paused, names }: RunView, who: string): string {
  const live = { run: run.id, after: events[0]?.id ?? 0 };
  return framed(
    { title: `Run ${run.externalId ?? run.id}`, who, live },
    html`<h1>${run.externalId ?? run.id} ${badge(run.status)}</h1>
      <p class="facts">
        ${run.id} · ${run.namespace} · ${run.sealed ? 'sealed' : 'takes more tasks'} · ${countsOf(run)} ·
        ${time(run.createdAt)}
      </p>
      ${
        paused.length > 0 &&
        html`<section>
          <h2>Waiting</h2>
          ${paused.map(question)}
        </section>`
      }
      <section>
        <h2>Tasks</h2>
        <div class="wide" tabindex="0" role="region" aria-label="Tasks">
          <table>
            <thead>
              <tr>
                <th>Task</th>
                <th>Status</th>
                <th>Kind</th>
                <th>Attempts</th>
                <th>After</th>
                <th>Held by</th>
                <th>Result</th>
              </tr>
            </thead>
            <tbody>
              ${tasks.map((task) => taskRow(task, names))}
            </tbody>
          </table>
        </div>
        ${next !== undefined && html`<nav><a href="${runPath(run.id)}?cursor=${next}">More tasks</a></nav>`}
      </section>
      <section>
        <h2>Events</h2>
        <ol class="events">
          ${events.map(
            (event) =>
              html`<li>
                ${time(event.createdAt)}
                <strong>${event.type}</strong> ${event.taskId !== null && (names.get(event.taskId) ?? event.taskId)}
                <small>${shownData(event)}</small>
              </li>`,
          )}
        </ol>
      </section>`,
  );
}

const shownData = ({ data }: OrchestrationEvent): string => {
  const text = JSON.stringify(data);
  return text === '{}' ? '' : text.slice(0, 300);
};

const question = ({ task, reason }: PausedTask): Part =>
  html`<form method="post" action="${taskPath(task.id, 'resume')}" class="question">
    <label for="answer-${task.id}"><strong>${name(task)}</strong> ${badge(task.status)} ${reason}</label>
    <textarea
      id="answer-${task.id}"
      name="answer"
      rows="2"
      ${task.status === 'waiting_input' && html` required`}
    ></textarea>
    <button>${task.status === 'waiting_input' ? 'Answer' : 'Go on'}</button>
  </form>`;

const requeue = (task: Task): Part =>
  task.dead && html`<form method="post" action="${taskPath(task.id, 'requeue')}"><button>Requeue</button></form>`;

const taskRow = (task: Task, names: ReadonlyMap<string, string>): Part =>
  html`<tr id="${task.id}">
    <td>${name(task)}</td>
    <td>${badge(task.status)} ${requeue(task)}</td>
    <td>${task.kind}</td>
    <td>${task.attemptCount}${task.maxAttempts !== null && ` of ${task.maxAttempts}`}</td>
    <td>${task.dependsOnTaskIds.map((id, i) => html`${i > 0 && ', '}<a href="#${id}">${names.get(id) ?? id}</a>`)}</td>
    <td>${task.lease?.workerId}</td>
    <td>${shownValue(task.error ?? task.output)}</td>
  </tr>`;

export const deadPage = (tasks: readonly Task[], who: string): string =>
  framed(
    { title: 'Dead letters', who, live: {} },
    html`<h1>Dead letters</h1>
      <p>Tasks that failed for good. Queued again, they get new attempts.</p>
      ${tasks.length === 0 && html`<p>There are none.</p>`}
      ${
        tasks.length > 0 &&
        html`<div class="wide" tabindex="0" role="region" aria-label="Dead letters">
          <table>
            <thead>
              <tr>
                <th>Task</th>
                <th>Kind</th>
                <th>Run</th>
                <th>Attempts</th>
                <th>Error</th>
                <th>Action</th>
              </tr>
            </thead>
            <tbody>
              ${tasks.map(
                (task) =>
                  html`<tr>
                    <td>${name(task)}</td>
                    <td>${task.kind}</td>
                    <td><a href="${runPath(task.runId)}">${task.runId}</a></td>
                    <td>${task.attemptCount}</td>
                    <td>${shownValue(task.error)}</td>
                    <td>${requeue(task)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
      }`,
  );
