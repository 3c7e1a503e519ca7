// node compare.js [--cases N] [--seed S] [--op NAME] [--csv FILE] [--keep DIR]
// [--jobs J]: see README.md.
import { fork, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GENERATORS, WEIGHTS, makeCase } from './cases.js'
import { departure } from './departures.js'
import { runModel } from './oracle.js'

const HERE = fileURLToPath(import.meta.url)
const TOP = path.resolve(path.dirname(HERE), '../..')
const BATCH = 100,
  SECONDS = 60

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    op: { type: 'string' },
    csv: { type: 'string' },
    keep: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    first: { type: 'string', default: '0' },
  },
})

// The operators of `nestwright ops` that have a generator.
function operatorTable() {
  const run = spawnSync(path.join(TOP, 'build/nestwright'), ['ops', '--markdown'], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error('build/nestwright ops failed: build it first')
  const table = []
  let domain = ''
  for (const line of run.stdout.split('\n')) {
    const head = line.match(/^## (\S+)/),
      row = line.match(/^\| (\w+) \| (\d+) \| [^|]* \| (\w+) \| (\w+) \| \w+ \|$/)
    if (head) domain = head[1] === 'ai.onnx' ? '' : head[1]
    else if (row)
      table.push({
        domain,
        name: row[1],
        since: Number(row[2]),
        folds: row[4] !== 'none' && row[4] !== 'never',
      })
  }
  return table
}
const KEY = op => (op.domain ? `${op.domain}:${op.name}` : op.name)
const WHOLE = operatorTable()
// Operators with many attributes are drawn more often.
const TABLE = WHOLE.filter(
  op => GENERATORS[KEY(op)] && (!options.op || KEY(op) === options.op),
).flatMap(op => Array(WEIGHTS[KEY(op)] || 1).fill(op))

// --- one batch, in a worker
const TOLERANCE = { float16: 4e-3, bfloat16: 2e-2, float: 2e-5, double: 1e-10 }
function elementIs(type, ours, theirs) {
  if (!(type in TOLERANCE))
    return ours === String(typeof theirs === 'boolean' ? Number(theirs) : theirs)
  const a = Number(ours.replace(/nan/, 'NaN').replace(/inf/, 'Infinity')),
    b = Number(theirs)
  return (
    Object.is(a, b) ||
    a === b ||
    (a !== a && b !== b) ||
    Math.abs(a - b) <= TOLERANCE[type] * Math.max(1, Math.abs(b))
  )
}

// What our values say of one model, beside what ONNX Runtime gave.
function verdict(c, theirs, ours) {
  if (ours.refused !== undefined)
    return {
      status: 'mismatch',
      why: `refused: ${ours.refused.trim()}; there ${c.results.map(name => JSON.stringify(theirs[name].dims))}`,
    }
  if (!ours.values) return { status: 'mismatch', why: 'no answer' }
  const folds = WHOLE.find(op => KEY(op) === c.op).folds
  let status = 'agreed',
    why = ''
  for (const name of c.results) {
    const a = ours.values[name],
      b = theirs[name]
    const text = `${name} is ${a?.type} ${JSON.stringify(a?.shape)}, there ${b.type} ${JSON.stringify(b.dims)}`
    if (!a) return { status: 'mismatch', why: `${name} is missing` }
    if (a.type !== b.type && a.type !== 'undefined')
      return { status: 'mismatch', why: `type: ${text}` }
    if (
      a.shape &&
      (a.shape.length !== b.dims.length ||
        a.shape.some((d, n) => d !== null && d !== b.dims[n]))
    )
      return { status: 'mismatch', why: `shape: ${text}` }
    if (a.data) {
      const bad = a.data.findIndex(
        (x, n) => x !== null && !elementIs(a.type, x, b.data[n]),
      )
      if (bad >= 0)
        return {
          status: 'mismatch',
          why: `value: ${name}[${bad}] is ${a.data[bad]}, there ${b.data[bad]}`,
        }
    }
    const known = a.shape && !a.shape.includes(null) && a.type !== 'undefined'
    if (!known && !c.open) [status, why] = ['open', `${text}`]
    else if (
      known &&
      status === 'agreed' &&
      c.constant &&
      folds &&
      b.type !== 'string' &&
      (!a.data || a.data.includes(null))
    )
      [status, why] = ['unfolded', `${name} is not known`]
  }
  return { status, why }
}

// What our passes say of files, each with the inputs whose sizes are given; {}
// of one that ended the program and of those after it.
function infer(list) {
  const sizes = t => `\t${t.name}=${t.dims.join('x')}`
  const run = spawnSync(path.join(TOP, 'build/shapes_json'), [], {
    input: list
      .map(([file, given]) => file + given.map(sizes).join('') + '\n')
      .join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const lines = run.stdout.split('\n')
  return list.map((_, n) => (lines[n] ? JSON.parse(lines[n]) : {}))
}

async function batch(from, to, skip, progress) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'nw-ort-'))
  const ran = [],
    out = []
  try {
    for (let k = from; k < to; k++) {
      if (skip.includes(k)) continue
      fs.writeSync(progress, String(k).padEnd(16), 0)
      const c = makeCase(Number(options.seed), k, TABLE)
      if (!c) continue
      const theirs = await runModel(c)
      if (theirs.refused !== undefined) {
        out.push({
          k,
          op: c.op,
          opset: c.opset,
          status: theirs.kind,
          why: theirs.refused,
          text: c.text,
        })
        continue
      }
      c.file = path.join(dir, `${k}.onnx`)
      fs.writeFileSync(c.file, c.bytes)
      ran.push([c, theirs.outputs])
    }
    // Sizes of 0 are open in a file; here they are meant.
    const zero = t => t.dims.includes(0)
    const inferred = infer(ran.map(([c]) => [c.file, c.feeds.filter(zero)]))
    for (const [n, [c, theirs]] of ran.entries()) {
      let ours = inferred[n]
      const v = verdict(c, theirs, ours)
      // What is read otherwise shows when all sizes are known.
      if (v.status === 'mismatch' && c.open) ours = infer([[c.file, c.feeds]])[0]
      const known = v.status === 'mismatch' && departure(c, theirs, ours)
      if (known) Object.assign(v, { status: 'departure', known })
      if (options.keep && v.status === 'mismatch')
        fs.copyFileSync(c.file, path.join(options.keep, `${c.k}.onnx`))
      out.push({ k: c.k, op: c.op, opset: c.opset, ...v, text: c.text })
    }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
  return out
}

if (process.env.COMPARE_WORKER) {
  const progress = fs.openSync(process.env.COMPARE_WORKER, 'w')
  process.on('message', async ({ from, to, skip }) =>
    process.send(await batch(from, to, skip, progress)),
  )
} else {
  await main()
}

// --- the parent: hands out batches, and goes on when a model ends its worker
async function main() {
  const wanted = Number(options.cases),
    results = []
  let next = Number(options.first),
    valid = 0,
    done
  const ended = new Promise(resolve => (done = resolve))
  let busy = Number(options.jobs)
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'nw-ort-'))
  if (options.keep) fs.mkdirSync(options.keep, { recursive: true })
  for (let j = 0; j < Number(options.jobs); j++) worker(path.join(scratch, String(j)))

  function worker(progress, again) {
    const child = fork(HERE, process.argv.slice(2), {
      env: { ...process.env, COMPARE_WORKER: progress },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    let job = again,
      timer
    const give = () => {
      if (!job && (valid >= wanted || next > 20 * wanted + 1000)) {
        child.disconnect()
        return --busy === 0 && done()
      }
      job ??= { from: next, to: (next += BATCH), skip: [] }
      timer = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000)
      child.send(job)
    }
    child.on('message', list => {
      clearTimeout(timer)
      job = null
      results.push(...list)
      valid += list.filter(x => !['refused', 'no kernel'].includes(x.status)).length
      give()
    })
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (!job) return
      if (!signal) throw new Error(`a worker failed, status ${code}: see above`)
      const k = Number(fs.readFileSync(progress, 'utf8'))
      const c = makeCase(Number(options.seed), k, TABLE)
      results.push({
        k,
        op: c.op,
        opset: c.opset,
        status: 'refused',
        why: 'ended the process',
        text: c.text,
      })
      worker(progress, { ...job, skip: [...job.skip, k] })
    })
    give()
  }
  await ended
  fs.rmSync(scratch, { recursive: true })
  report(results.sort((a, b) => a.k - b.k))
}

function report(results) {
  const COLUMNS = [
    'agreed',
    'open',
    'unfolded',
    'departure',
    'mismatch',
    'refused',
    'no kernel',
  ]
  const count = list =>
    Object.fromEntries(COLUMNS.map(s => [s, list.filter(x => x.status === s).length]))
  const total = count(results)
  for (const x of results)
    if (x.status === 'mismatch' || (options.op && x.status !== 'agreed'))
      console.log(`${x.k} ${x.status}: ${x.text}\n    ${x.why}`)
  console.log(
    '\n| operator | opsets |',
    COLUMNS.join(' | '),
    '|\n|---|---|' + '---|'.repeat(COLUMNS.length),
  )
  const row = (name, list) => {
    const valid = list
      .filter(x => !['refused', 'no kernel'].includes(x.status))
      .map(x => x.opset)
    const opsets = [...new Set(valid)].sort((a, b) => a - b)
    console.log(
      `| ${name} | ${opsets.length ? `${opsets[0]}-${opsets.at(-1)} (${opsets.length})` : ''} | ${Object.values(count(list)).join(' | ')} |`,
    )
  }
  for (const op of new Set(TABLE))
    row(
      KEY(op),
      results.filter(x => x.op === KEY(op)),
    )
  row('all', results)
  const missing = WHOLE.filter(op => !GENERATORS[KEY(op)]).map(KEY)
  if (!options.op && missing.length)
    console.log('\nwithout a generator:', missing.join(', '))
  if (options.csv) {
    const lines = ['operator,opset,' + COLUMNS.join(',')]
    for (const op of new Set(TABLE))
      for (let v = 1; v <= 24; v++) {
        const list = results.filter(x => x.op === KEY(op) && x.opset === v)
        if (list.length)
          lines.push([KEY(op), v, ...Object.values(count(list))].join(','))
      }
    fs.writeFileSync(options.csv, lines.join('\n') + '\n')
  }
  const known = {}
  for (const x of results) if (x.known) known[x.known] = (known[x.known] || 0) + 1
  for (const [name, n] of Object.entries(known)) console.log(`departure: ${name}: ${n}`)
  const valid = COLUMNS.slice(0, 5).reduce((n, s) => n + total[s], 0)
  console.log(
    `\nseed ${options.seed}: ${valid} valid cases, ${total.mismatch} mismatched; ONNX Runtime refused ${total.refused}, ${total['no kernel']} for want of a kernel`,
  )
  process.exitCode = total.mismatch ? 1 : 0
}
