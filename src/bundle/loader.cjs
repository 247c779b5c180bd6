#!/usr/bin/env node
'use strict'
// Starts keelctl.cjs. V8 compiles it from the code cache of an earlier run where there is one: that saves about a
// seventh of the start. The cache is rebuilt by itself: one that is missing, foreign or refused by V8 is ignored and made
// again at exit. A cache folder that cannot be written only costs the speed.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

const BUILD = '@BUILD@'
const file = path.join(__dirname, 'keelctl.cjs')
// V8 compiles functions at their first call, so what a command needs is known only per command.
const command = /^[a-z]{1,16}$/.test(process.argv[2] ?? '') ? process.argv[2] : 'none'
const home =
  process.env.KEEL_CACHE ||
  path.join(process.env.XDG_CACHE_HOME || path.join(process.env.HOME || '/nonexistent', '.cache'), 'keel')
const folder = path.join(home, 'code')
const name = `${BUILD}-${process.versions.v8}-${process.arch}-${command}`
const cache = path.join(folder, name)

/** Bytes of a cache; only from a file that nobody but its right owner could have written. */
function codeFrom(place, owner) {
  try {
    const fd = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    try {
      const { uid, mode } = fs.fstatSync(fd)
      return uid === owner && (mode & 0o022) === 0 ? fs.readFileSync(fd) : undefined
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** Written under a temporary name and renamed, so that no other run reads half of it; other builds' files go. */
function keep(script) {
  try {
    // One by one: Node's recursive mkdir never ends below a folder such as /proc, where the kernel answers ENOENT.
    for (const dir of [path.dirname(home), home, folder]) if (!fs.existsSync(dir)) fs.mkdirSync(dir, 0o700)
    for (const old of fs.readdirSync(folder)) if (!old.startsWith(BUILD)) fs.rmSync(path.join(folder, old))
    const half = `${cache}.${process.pid}`
    fs.writeFileSync(half, script.createCachedData(), { mode: 0o600, flag: 'wx' })
    fs.renameSync(half, cache)
  } catch {
    // A cache is a gift, not a duty.
  }
}

// The build left a cache for its own Node; the owner of the program may own that, too.
const cachedData =
  codeFrom(cache, process.getuid?.()) ??
  codeFrom(path.join(__dirname, 'cache', 'code', name), fs.statSync(file).uid)
// The bundle is one function expression of ASCII text: nothing to wrap, nothing to decode.
const script = new vm.Script(fs.readFileSync(file, 'latin1'), { filename: file, cachedData })
if (cachedData === undefined || script.cachedDataRejected) process.on('exit', () => keep(script))
const entry = { exports: {} }
script.runInThisContext()(entry.exports, require, entry, file, __dirname)
