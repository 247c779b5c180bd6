/** onFailure with nothing left out. */

export type FullOnFailure =
  | { readonly action: 'halt' }
  | { readonly action: 'reboot'; readonly delay: string; readonly maxDelay: string }
