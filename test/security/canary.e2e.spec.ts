import { MasterKeys, PostgresSecretStore, Vault } from '@multitask/vault';
import { openDatabase } from '@multitask/read-model';
import { eventually } from '@multitask/testing';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEveryWay, createEveryWay, finished, readEveryWay, refuseEveryWay } from './canary/edges';
import { troubleEveryWay } from './canary/trouble';
import { CanaryHouse } from './canary/house';
import { formsOf, hitsIn, Lookup, newCanary, type Canary, type Surface } from './canary/search';
import { fileSurfaces, jetStreamSurfaces, postgresFolder, postgresSurfaces, processSurfaces } from './canary/surfaces';

/**
 * A secret of every kind goes in through every edge of the running product; then everything that anybody could look at is
 * searched for all of them, in every spelling. What is no secret goes the same ways and has to be found, or the search is blind.
 */
describe('secrets', () => {
  let house: CanaryHouse;
  let temporary: string;
  /** No secrets: a title, a request id, a setting. */
  const planted = { title: newCanary('title'), requestId: newCanary('request id'), setting: newCanary('setting') };
  const surfaces: Surface[] = [];
  let groups: string[];

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'multitask-canary-'));
    await chmod(temporary, 0o755);
    house = await CanaryHouse.open({ CANARY_SETTING: planted.setting.core }, join(temporary, 'tmp'));
  }, 300_000);
  afterAll(async () => {
    await house?.close();
    await rm(temporary, { recursive: true, force: true });
  });

  it('go in through every edge', async () => {
    const startedAt = Date.now();
    groups = await createEveryWay(house, planted.title.core);
    expect(groups).toEqual(groups.map(() => expect.stringMatching(/^tgrp_/)));
    expect(house.noteMadeSecrets()).toBeGreaterThan(1);
    for (const id of groups) await finished(house, id);
    await commandEveryWay(house, groups[0]!);
    await readEveryWay(house, groups[0]!);
    await refuseEveryWay(house);
    groups.push(...(await troubleEveryWay(house, planted.title.core)));
    for (const id of groups) await finished(house, id);
    await house.send('a named request', '/openapi.json', { headers: { 'x-request-id': planted.requestId.core } });
    await house.send('a named request that is refused', '/v1beta/tasks/multitask', {
      method: 'POST',
      headers: { 'x-request-id': planted.requestId.core },
    });
    await eventually(() => house.outside.received.filter(({ name }) => name.includes('POST')).length >= groups.length, {
      timeoutMs: 60_000,
    });
    process.stdout.write(
      `${house.canaries.length} secrets in ${house.answers.length} requests, ${Date.now() - startedAt} ms\n`,
    );
  }, 300_000);

  it('lie in the vault, where the product finds them again', async () => {
    const { vaultMasterKey } = JSON.parse(await readFile(join(house.product.dataDir, 'secrets.json'), 'utf8')) as {
      vaultMasterKey: string;
    };
    const database = openDatabase({ url: house.databaseUrl, pool: 1, applicationName: 'canary' });
    try {
      const vault = new Vault(new PostgresSecretStore(database), MasterKeys.parse(vaultMasterKey));
      const rows = await database
        .selectFrom('vault.secrets' as never)
        .select(['id', 'purpose'] as never)
        .execute();
      const opened: string[] = [];
      for (const { id, purpose } of rows as { id: string; purpose: 'webhook' }[])
        opened.push(JSON.stringify((await vault.open(id, purpose)).reveal()));
      const kinds = ['webhook password', 'webhook path', 'webhook query', 'server header', 'server path'];
      for (const kind of kinds.map((what) => `JSON: ${what}`)) {
        const canary = house.canaries.find(({ name }) => name === kind)!;
        expect(hitsIn({ name: 'vault', data: opened.join('\n') }, [canary]).map(({ canary: name }) => name)).toContain(
          kind,
        );
      }
    } finally {
      await database.destroy();
    }
  });

  it('come out nowhere: not on NATS, in no stream, table, file, log, answer, metric, webhook or process', async () => {
    const { databaseUrl, natsUrl, product } = house;
    const secretsFile = await readFile(join(product.dataDir, 'secrets.json'), 'utf8');
    const own = JSON.parse(secretsFile) as { vaultMasterKey: string; operatorToken: string };
    // They are handed to every service in its environment, and the token is told to whoever started it.
    const house1: Canary = { name: 'master key', core: own.vaultMasterKey };
    const house2: Canary = { name: 'operator token', core: own.operatorToken };

    surfaces.push(...(await postgresSurfaces(databaseUrl, { vacuum: false })));
    surfaces.push(...(await postgresSurfaces(databaseUrl, { vacuum: true })));
    surfaces.push(...(await jetStreamSurfaces(natsUrl)));
    surfaces.push(...house.tap.heard);
    surfaces.push(...house.answers, ...house.outside.received, ...(await house.operations()), house.log);
    surfaces.push(...(await processSurfaces(await house.pids())));
    // What the upstream keeps is the upstream's; the emulator stands for it.
    const files = await fileSurfaces(product.dataDir, (file) => /^(emulator\/|secrets\.json$|.*\.pid$)/.test(file));
    surfaces.push(...files, ...(await fileSurfaces(house.temporary, () => false)));
    // Under an account of its own, Postgres has its files elsewhere.
    const cluster = await postgresFolder(databaseUrl);
    const isInside = cluster.startsWith(product.dataDir);
    if (!isInside) surfaces.push(...(await fileSurfaces(cluster, () => false, 'postgres/')));

    const bytes = surfaces.reduce((sum, { data }) => sum + data.length, 0);
    process.stdout.write(
      `${surfaces.length} surfaces, ${(bytes / 1e6).toFixed(0)} MB, ${house.tap.messages} messages of core NATS, ` +
        `${house.canaries.length} secrets in ${Object.keys(formsOf('x')).length} spellings\n`,
    );
    const lookup = new Lookup(house.canaries);
    const hits = surfaces.flatMap((surface) => hitsIn(surface, lookup));
    // One line each: a leak shows in many places at once.
    expect(hits.map(({ canary, form, surface, context }) => `${canary} | ${form} | ${surface} | ${context}`)).toEqual(
      [],
    );
    const ours = surfaces.filter(({ name }) => !/^(environ|output)/.test(name));
    expect(ours.flatMap((surface) => hitsIn(surface, [house1, house2]))).toEqual([]);
  }, 300_000);

  it('would have been found: what is no secret is', () => {
    const found = (canary: Canary, where: RegExp) =>
      surfaces.some((surface) => where.test(surface.name) && hitsIn(surface, [canary]).length > 0);
    const expected: [Canary, RegExp][] = [
      [planted.title, /^core NATS multitask\./],
      [planted.title, /^stream MULTITASK multitask\./],
      [planted.title, /^table read\.groups$/],
      [planted.title, /^table read\.groups after VACUUM$/],
      [planted.title, /^file nats\//],
      [planted.title, /^file postgres\//],
      [planted.title, /^answer to read \.json$/],
      [planted.requestId, /^answer to a named request$/],
      [planted.requestId, /^output of all processes$/],
      [planted.setting, /^environ of api-gateway$/],
      [{ name: 'group', core: groups[0]! }, /^what POST brought outside$/],
      [{ name: 'a metric', core: 'multitask_creates_total' }, /^metrics of api-gateway$/],
    ];
    expect(expected.filter(([canary, where]) => !found(canary, where))).toEqual([]);
  });
});
