import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/globalSetup.ts'],
    // Most tests wait for a neighbour: more of them at once than there are cores.
    maxWorkers: 3,
    // Far above what any takes: some take a tenth of it, and a machine may be ten times as busy.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // The default of a second is too short where something else has the cores.
    expect: { poll: { timeout: 30_000 } },
  },
});
