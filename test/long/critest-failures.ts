/** Tests of critest that fail, by their names. docs/testing.md explains each. */
export const KNOWN_FAILURES: readonly string[] = [
  // They load profiles by a program that neither their image nor a node has.
  ...['deprecated apparmor_profile field', 'apparmor field'].flatMap(field => [
    `[k8s.io] AppArmor runtime should support ${field} should fail with an unloaded apparmor_profile`,
    `[k8s.io] AppArmor runtime should support ${field} should enforce a apparmor_profile blocking writes`,
    `[k8s.io] AppArmor runtime should support ${field} should enforce a permissive deprecated profile`,
  ]),
  '[k8s.io] AppArmor runtime should prefer new apparmor field should fail with an unloaded apparmor_profile',
  '[k8s.io] AppArmor runtime should prefer new apparmor field should enforce a apparmor_profile blocking writes',
  '[k8s.io] AppArmor runtime should prefer new apparmor field should work with apparmor profile',
  // Nobody can make an image with a digest that is given.
  '[k8s.io] Image Manager public image with digest should be pulled and removed [Conformance]',
  // It wants the words of another shell.
  '[k8s.io] Security Context bucket runtime should support MaskedPaths',
]
