/** Variables of templates that nobody filled in: of Jinja, Helm and Go, ERB, the shell and Terraform. */

const VARIABLE = /\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\$\{\w[\w.\-:]*\}/s

/** The first one in a text. */
export function templateIn(text: string): { readonly text: string; readonly at: number } | undefined {
  const found = VARIABLE.exec(text)
  return found === null ? undefined : { text: found[0], at: found.index }
}

/** A line with spaces for its quoted parts and its comment: what is left means something to YAML. */
export function withoutQuotes(line: string): string {
  const spaces = (text: string) => ' '.repeat(text.length)
  return line.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, spaces).replace(/(^|\s)#.*$/, spaces)
}
