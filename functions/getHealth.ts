import type { HttpHandler } from '@azure/functions';
import type { ReadHealth } from '../shared/flows/health.ts';
import { Unavailable } from '../shared/ports.ts';
import { BrokenConfiguration } from './app.ts';
import type { UseMailer } from './app.ts';
import { json } from './problem.ts';

/** `GET /api/health`: 200 while mail goes (`ok`, `degraded`), 503 with cause and remedy when none does. `?deep=1` asks. */
export function makeGetHealth(useMailer: UseMailer<{ readHealth: ReadHealth }>): HttpHandler {
  return async (request) => {
    try {
      const { readHealth } = await useMailer();
      const health = await readHealth(request.query.get('deep') === '1');
      return json(health.status === 'failing' ? 503 : 200, health);
    } catch (error) {
      if (error instanceof BrokenConfiguration) {
        const checks = error.problems.map(({ setting, expected, got }) => ({
          name: `configuration ${setting}`,
          status: 'failing',
          cause: `expected ${expected}; got ${got}`,
          remedy: `correct the app setting ${setting} (docs/configuration.md)`,
        }));
        return json(503, { status: 'failing', checks });
      }
      if (!(error instanceof Unavailable)) throw error;
      const check = {
        name: 'storage',
        status: 'failing',
        cause: error.message,
        remedy: 'look at the storage account: its network rules, and the roles of the app’s identity',
      };
      return json(503, { status: 'failing', checks: [check] });
    }
  };
}
