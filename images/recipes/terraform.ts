import type { GoProgram } from '../steps/go.ts'

/** OpenTofu and a stand-in for the provider `external`, by component of images/terraform.lock.json. No image has them. */
export const TERRAFORM_PROGRAMS: Readonly<Record<string, (version: string) => readonly GoProgram[]>> = {
  opentofu: () => [{ name: 'tofu', package: 'github.com/opentofu/opentofu/cmd/tofu', tags: [], stamp: {} }],
  'external-stand-in': () => [{ name: 'terraform-provider-external', package: '.', tags: [], stamp: {} }],
}
