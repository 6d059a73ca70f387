import { defineConfig } from 'vitest/config'

/** `npm test` runs all of it; one project alone: `npx vitest run --project unit`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'auth-service/test/**/*.test.ts', 'api-service/test/**/*.test.ts'],
          globalSetup: ['test-database.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'local-stack',
          include: ['local-stack/test/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'gateway',
          include: ['gateway-tests/**/*.test.ts'],
          globalSetup: ['gateway-tests/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // One stack for all of them, and some stop or freeze its parts.
          fileParallelism: false,
        },
      },
    ],
  },
})
