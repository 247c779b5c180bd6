/** Makes the text of a validator smaller, because Node reads all of it at every start. What it judges stays the same. */

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null

const SCHEMA = /^const (schema\d+) = (\{.*\});$/gm
const USE = /\b(schema\d+)((?:\.\w+|\[\d+\])+)/g
const FIRST = /(\w+)\.errors = \[\{instancePath(:[^\n]*?)?,keyword:"(\w+)"\}\];\nreturn false;/g
const NEXT =
  /const (err\d+) = \{instancePath(?::(.*))?,keyword:"(\w+)",params:(\{.*\})(?:,propertyName:(\w+))?\};\nif\(vErrors === null\)\{\nvErrors = \[\1\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}\nerrors\+\+;/g

/** Nothing is indented, so a function ends where the next one starts. */
const FUNCTION = /^function (validate\d+)\([\s\S]*?(?=^function validate|(?![\s\S]))/gm

/** The only error of a validator that stops there. */
const REFUSED =
  'const refused = (validator, instancePath, keyword) => { validator.errors = [{instancePath,keyword}]; return false }'
/** One more error of a validator that goes on. */
const WITH =
  'const withError = (errors, instancePath, keyword, params, propertyName) => { const error = propertyName === undefined ? {instancePath,keyword,params} : {instancePath,keyword,params,propertyName}; if (errors === null) return [error]; errors.push(error); return errors }'

export function slim(code: string): string {
  const schemas = new Map(
    [...code.matchAll(SCHEMA)].map(([, name = '', text = '']) => [name, JSON.parse(text)]),
  )
  const sets: string[] = []
  const small = code
    .replaceAll(SCHEMA, '')
    // Instead of whole schemas only what is asked of them.
    .replaceAll(USE, (_, name: string, path: string) => {
      const text = JSON.stringify(asked(valueAt(schemas.get(name), path), path))
      if (!path.endsWith('.properties')) return text
      sets.push(text)
      return `known${sets.length}`
    })
    .replaceAll(FIRST, (_, name: string, path: string | undefined, keyword: string) => {
      return `return refused(${name}, ${path?.slice(1) ?? 'instancePath'}, "${keyword}");`
    })
    .replaceAll(
      NEXT,
      (_, _name: string, path: string | undefined, keyword: string, params: string, property?: string) => {
        const words = [path ?? 'instancePath', `"${keyword}"`, params, ...(property ? [property] : [])]
        return `vErrors = withError(vErrors, ${words.join(', ')});\nerrors++;`
      },
    )
    .replaceAll(FUNCTION, (text, name: string) =>
      /\berrors\+\+/.test(text) ? text : stoppingAtOnce(text, name),
    )
  const left = /\bschema\d+\b/.exec(small)
  if (left) throw new Error(`a validator asks something new of its schema: ${left[0]}`)
  const shared = [
    ...sets.map((text, i) => `const known${i + 1} = ${text};`),
    ...(small.includes('refused(') ? [REFUSED] : []),
    ...(small.includes('withError(') ? [WITH] : []),
  ]
  return `${shared.join('\n')}\n${small.replaceAll(/\n{2,}/g, '\n').trim()}`
}

/** Where each error ends a validator, none is ever counted, and whatever asks for their number can go. */
function stoppingAtOnce(text: string, name: string): string {
  const certain = text
    .replaceAll(
      /vErrors = vErrors === null \? (\w+)\.errors : vErrors\.concat\(\1\.errors\);\nerrors = vErrors\.length;/g,
      `${name}.errors = $1.errors;\nreturn false;`,
    )
    .replaceAll(/^(let vErrors = null|let errors = 0|const _errs\d+ = errors|let missing\d+);\n/gm, '')
    .replaceAll(/\(data\d*(\.\w+|\["[^"]*"\]) === undefined\) && \(missing\d+ = "[^"]*"\)/g, whole =>
      whole.slice(1, whole.indexOf(')')),
    )
    .replaceAll(/^if\((errors === _errs\d+|_errs\d+ === errors|errors === 0)\)\{$/gm, 'if(true){')
    .replaceAll(/^(if\(valid\d+\)\{)$/gm, 'if(true){')
    .replaceAll(/^if\(!valid\d+\)\{\nbreak;\n\}\n/gm, '')
    .replaceAll(/^var valid\d+ = (_errs\d+ === errors|true);\n/gm, '')
    .replace(`${name}.errors = vErrors;\nreturn errors === 0;`, 'return true;')
  // One that counts in another way stays as it is.
  return /\b(vErrors|(?<!\.)errors [=+]|_errs\d+|valid\d+\b|missing\d+)/.test(certain) ? text : certain
}

/** `properties` are asked for their names alone. */
function asked(value: Json | undefined, path: string): Json | undefined {
  return path.endsWith('.properties')
    ? Object.fromEntries(Object.keys(value ?? {}).map(key => [key, 0]))
    : value
}

function valueAt(schema: Json | undefined, path: string): Json | undefined {
  const steps = [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? index ?? '')
  return steps.reduce<Json | undefined>(
    (value, step) => (value as Record<string, Json> | undefined)?.[step],
    schema,
  )
}
