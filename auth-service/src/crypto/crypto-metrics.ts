import type { MetricRegistry } from '@auth-stack/service-kit'
import type { ShedReason } from './hash-queue.js'

type PoolName = 'hash' | 'token'

/** What a pool tells about itself: tasks that run, and tasks that wait for a worker. */
type Tasks = { running: number; waiting: number }

/** What is told of each task a worker finished, in seconds. */
export type TaskMetrics = { finished(waitSeconds: number, runSeconds: number): void }

// From a token alone to a hash at a high cost.
const secondsBuckets = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
  5,
]

/** The third queue: what waits for the workers, and what they do. */
export function createCryptoMetrics({ counter, gauge, histogram }: MetricRegistry) {
  const labelNames = ['pool'] as const
  const pools = new Map<PoolName, Tasks>()
  const addTasks = (name: string, help: string, count: (tasks: Tasks) => number) =>
    gauge({
      name,
      help,
      labelNames,
      collect() {
        for (const [pool, tasks] of pools) this.set({ pool }, count(tasks))
      },
    })
  addTasks(
    'auth_worker_waiting_tasks',
    'Tasks that wait for a worker: the depth of the queue.',
    (tasks) => tasks.waiting,
  )
  addTasks('auth_worker_running_tasks', 'Tasks that a worker has.', (tasks) => tasks.running)
  const workers = gauge({ name: 'auth_workers', help: 'Worker threads of the pool.', labelNames })
  const wait = histogram({
    name: 'auth_worker_wait_seconds',
    help: 'Time from asking for a task to its start in a worker, of tasks that were started, in seconds.',
    labelNames,
    buckets: secondsBuckets,
  })
  const run = histogram({
    name: 'auth_worker_run_seconds',
    help: 'Time a worker spent on a task, in seconds.',
    labelNames,
    buckets: secondsBuckets,
  })
  const busySeconds: Record<PoolName, number> = { hash: 0, token: 0 }
  counter({
    name: 'auth_worker_busy_seconds_total',
    help: 'Time the workers of the pool spent on tasks, in seconds; its rate over auth_workers is their busy share.',
    labelNames,
    collect() {
      this.reset()
      for (const pool of ['hash', 'token'] as const) this.inc({ pool }, busySeconds[pool])
    },
  })
  const shed = counter({
    name: 'auth_logins_shed_total',
    help: 'Logins that were not given a hash worker, by reason.',
    labelNames: ['reason'],
  })
  for (const reason of ['queue-full', 'address-share', 'waited-too-long', 'client-left'] satisfies ShedReason[]) {
    shed.inc({ reason }, 0)
  }
  const batched = histogram({
    name: 'auth_token_batch_size',
    help: 'Tokens that went to the token worker in one message.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  })({})

  return {
    /** The metrics of one pool of so many threads. */
    ofPool(pool: PoolName, threads: number): TaskMetrics {
      workers.set({ pool }, threads)
      const waited = wait({ pool })
      const ran = run({ pool })
      return {
        finished(waitSeconds, runSeconds) {
          waited(waitSeconds)
          ran(runSeconds)
          busySeconds[pool] += runSeconds
        },
      }
    },
    /** Whose tasks are counted, at each scrape, as those of the pool. */
    watch: (pool: PoolName, tasks: Tasks) => void pools.set(pool, tasks),
    shed: (reason: ShedReason) => shed.inc({ reason }),
    /** So many tokens went to the worker in one message. */
    batched,
  }
}

export type CryptoMetrics = ReturnType<typeof createCryptoMetrics>
