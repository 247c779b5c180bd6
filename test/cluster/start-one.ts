/** A run of its own, for a test that ends it at a bad moment. */
import { clusterPrograms } from './cluster-programs.ts'
import { startControlPlane } from './control-plane.ts'

await startControlPlane(await clusterPrograms())
