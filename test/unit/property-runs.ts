import process from 'node:process'

/** How many random inputs a property gets: so many, times what KEEL_PROPERTY_SCALE says (npm run test:long), each run with other ones. */
export const runs = (usual: number): { numRuns: number } => ({
  numRuns: usual * Number(process.env['KEEL_PROPERTY_SCALE'] ?? 1),
})

/** Room for as many. */
export const ROOM_MS = 30_000 * Number(process.env['KEEL_PROPERTY_SCALE'] ?? 1)
