import { defineConfig } from 'vitest/config'

/**
 * One project alone: `npx vitest run --project unit`. They run one after the other, in the order of their groups: some measure how long
 * an answer takes, and would measure each other.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/test/**/*.test.ts',
            'auth-service/test/**/*.test.ts',
            'api-service/test/**/*.test.ts',
            'admin-cli/test/**/*.test.ts',
            'database/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
          ],
          exclude: ['bench/test/isolation.gate.test.ts'],
          globalSetup: ['test-database.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['contract/test/**/*.test.ts'],
          globalSetup: ['test-database.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'local-stack',
          include: ['local-stack/test/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'gateway',
          include: ['gateway-tests/**/*.test.ts'],
          exclude: [
            'gateway-tests/failure/**',
            'gateway-tests/fuzz/**',
            'gateway-tests/containers/**',
            // The parts of somebody else's deployment are not ours to stop, freeze and replace.
            ...(process.env.BASE_URL ? ['gateway-tests/local/**'] : []),
          ],
          globalSetup: ['gateway-tests/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // One stack for all of them, and some stop or freeze its parts.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'failure',
          include: ['gateway-tests/failure/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['gateway-tests/fuzz/**/*.test.ts'],
          hookTimeout: 60_000,
          sequence: { groupOrder: 6 },
        },
      },
      {
        // What the project exists for. It measures, so nothing runs beside it.
        test: {
          name: 'isolation',
          include: ['bench/test/isolation.gate.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 7 },
        },
      },
      {
        // Needs a container engine, so not among those of npm test.
        test: {
          name: 'containers',
          include: ['gateway-tests/containers/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 8 },
        },
      },
    ],
  },
})
