import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { until } from './probe.ts';
import type { Answer } from './probe.ts';
import { createStack } from './stack.ts';

describe.concurrent('a functions host', () => {
  it('tells its parent which functions it runs', async () => {
    await using stack = await createStack({
      functions: 'queue,timer,http',
      env: { SCHEDULE: '0 0 0 1 1 *' },
    });
    const host = await stack.host();
    expect(host.errors).toEqual([]);
    expect(host.functions).toEqual(
      expect.arrayContaining([
        { name: 'onQueue', trigger: 'queueTrigger', detail: '%QUEUE%' },
        { name: 'onTimer', trigger: 'timerTrigger', detail: '%SCHEDULE%' },
        { name: 'getItem', trigger: 'httpTrigger', detail: 'GET,HEAD api/items/{id}' },
      ]),
    );
  });

  it('runs the hooks around the start, each invocation and the end, in order', async () => {
    await using stack = await createStack({ functions: 'hooks,http' });
    const host = await stack.host();
    const answers: Answer[] = [{}, { throw: 'on purpose' }];
    stack.probe.decide(() => answers.shift() ?? {});
    await (await fetch(`http://127.0.0.1:${host.port}/api/byName`)).arrayBuffer();
    await (await fetch(`http://127.0.0.1:${host.port}/api/byName`)).arrayBuffer();
    await host.stop();
    expect(stack.lines.filter((line) => line.startsWith('HOOK'))).toEqual([
      'HOOK appStart',
      'HOOK preInvocation',
      'HOOK postInvocation by pre ok',
      'HOOK preInvocation',
      'HOOK postInvocation by pre on purpose',
      'HOOK appTerminate',
    ]);
  });

  it('says loudly that an app has no functions, and stays up to show it', async () => {
    await using stack = await createStack({ functions: 'broken,http' });
    const host = await stack.host();
    expect(host.functions).toEqual([]);
    expect(host.errors).toEqual([
      expect.stringContaining('the entry file is broken'),
      expect.stringContaining('registered no function'),
    ]);
    // They come by another way than the news that it is up.
    await until('both are said', () => stack.lines.filter((line) => / crit /.test(line)).length === 2);
    const status = await fetch(`http://127.0.0.1:${host.port}/admin/host/status`);
    expect(await status.json()).toMatchObject({ state: 'Error', functions: [], errors: host.errors });
  });

  it('says which setting a trigger lacks, and runs the others', async () => {
    await using stack = await createStack({ functions: 'queue,http', env: { STORE: '' } });
    const host = await stack.host();
    expect(host.errors).toEqual([expect.stringContaining('app setting STORE is not set')]);
    expect((await fetch(`http://127.0.0.1:${host.port}/api/byName`)).status).toBe(204);
  });

  it('starts a timer or a queue function by hand, and no other', async () => {
    await using stack = await createStack({
      functions: 'queue,timer,http',
      env: { SCHEDULE: '0 0 0 1 1 *' },
    });
    const { port } = await stack.host();
    const trigger = async (name: string, body = '{"input":""}'): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/admin/functions/${name}`, { method: 'POST', body })).status;
    expect(await trigger('onTimer')).toBe(202);
    expect(await trigger('onQueue', '{"input":"{\\"a\\":1}"}')).toBe(202);
    expect(await trigger('getItem')).toBe(404);
    expect(await trigger('nothing')).toBe(404);
    expect(await trigger('onTimer', 'no json')).toBe(400);
    await until('both ran', () => stack.probe.calls.length === 2);
    expect(stack.probe.calls.find(({ fn }) => fn === 'queue')?.['input']).toEqual({ a: 1 });
  });

  it('shows the app a clock moved by HVE_LOCAL_CLOCK_OFFSET', async () => {
    await using stack = await createStack({
      functions: 'http,queue',
      queues: { messageEncoding: 'none' },
      env: { HVE_LOCAL_CLOCK_OFFSET: 'P1D' },
    });
    const { port } = await stack.host();
    const response = await fetch(`http://127.0.0.1:${port}/api/byName`);
    const dayMs = 24 * 3600 * 1000;
    expect(Math.abs((stack.probe.calls[0]?.now ?? 0) - Date.now() - dayMs)).toBeLessThan(60_000);
    expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now() - dayMs)).toBeLessThan(
      60_000,
    );
    // Its shifted clock does not keep it from Storage.
    await until('the queue is there', async () => stack.queue.exists());
    await stack.queue.sendMessage('x');
    await until('the message ran', () => stack.probe.calls.length === 2);
  });

  it('ends with its parent, also when that is killed', async () => {
    await using stack = await createStack({ functions: 'http' });
    const program = `
      import { spawnHost } from ${JSON.stringify(new URL('../../../local/host/spawnHost.ts', import.meta.url).href)};
      const config = ${JSON.stringify(stack.config)};
      const host = await spawnHost({ config, env: { FUNCTIONS: 'http' }, onLine: () => {} });
      console.log(host.pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line)));
    });
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(isAlive()).toBe(true);
    parent.kill('SIGKILL');
    await until('the host has ended', () => !isAlive());
  });

  it('refuses to start with a wrong setting, and says which', async () => {
    await using stack = await createStack({ functions: 'http' });
    await expect(stack.host({ HVE_LOCAL_CLOCK_OFFSET: 'one day' })).rejects.toThrow(
      '"one day" is no ISO 8601',
    );
    await expect(stack.host({ HVE_LOCAL_TIME_SCALE: '0' })).rejects.toThrow('HVE_LOCAL_TIME_SCALE is "0"');
  });

  it('refuses a host.json that is not valid, with every problem', async () => {
    await using stack = await createStack({
      functions: 'http',
      queues: { batchSize: 64, visibilityTimeout: 'soon' },
    });
    await expect(stack.host()).rejects.toThrow(
      /batchSize[\s\S]*visibilityTimeout|visibilityTimeout[\s\S]*batchSize/,
    );
  });
});
