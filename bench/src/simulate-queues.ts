type Simulation = {
  /** When each request arrives, in ms, ascending. */
  arrivalsMs: number[]
  instances: number
  /** Hash workers of each instance. */
  workers: number
  /** How long a worker takes for one, in ms: bcrypt takes the same time for every password. */
  serviceMs: number
}

/**
 * How long each request waits and is served, in ms. The model: requests go to the instances in turn, as nginx sends them; each instance
 * has one queue, first come first served, before workers with a constant service time. With Poisson arrivals and one instance that is
 * the textbook's M/D/c.
 */
export function simulateQueues({ arrivalsMs, instances, workers, serviceMs }: Simulation): number[] {
  const freeAtMs = Array.from({ length: instances }, () => Array<number>(workers).fill(0))
  return arrivalsMs.map((arrivalMs, index) => {
    const instance = freeAtMs[index % instances] as number[]
    const worker = instance.indexOf(Math.min(...instance))
    const doneMs = Math.max(arrivalMs, instance[worker] ?? 0) + serviceMs
    instance[worker] = doneMs
    return doneMs - arrivalMs
  })
}
