// Case number k of a seed: one operator in one opset, as a model with the
// inputs to run it on.
import { elementwise, elementwiseMicrosoft } from './operators/elementwise.js'
import { layout, layoutMicrosoft } from './operators/layout.js'
import { matmul, matmulMicrosoft } from './operators/matmul.js'
import { microsoft } from './operators/microsoft.js'
import { ml, other } from './operators/other.js'
import { reductions } from './operators/reduce.js'
import { windows, windowsMicrosoft } from './operators/windows.js'
import { model } from './onnx.js'
import { Random } from './random.js'

// Rows that name their domain themselves, before a colon.
const withDomain = (domain, rows) =>
  Object.fromEntries(
    Object.entries(rows).map(([op, make]) => [
      op.includes(':') || !domain ? op : `${domain}:${op}`,
      make,
    ]),
  )

export const GENERATORS = {
  ...withDomain('', {
    ...elementwise,
    ...layout,
    ...reductions,
    ...windows,
    ...matmul,
    ...other,
  }),
  ...withDomain('com.microsoft', {
    ...elementwiseMicrosoft,
    ...layoutMicrosoft,
    ...windowsMicrosoft,
    ...matmulMicrosoft,
    ...microsoft,
  }),
  ...withDomain('ai.onnx.ml', ml),
}

const RICH = { ...layout, ...windows, ...matmul, ...reductions }
export const WEIGHTS = {
  ...Object.fromEntries(Object.keys(RICH).map(op => [op, 2])),
  ...Object.fromEntries(
    [
      'AveragePool',
      'Conv',
      'ConvTranspose',
      'Einsum',
      'Gemm',
      'LpPool',
      'MatMul',
      'MaxPool',
      'Pad',
      'Reshape',
      'Resize',
      'Slice',
      'Split',
      'com.microsoft:Attention',
      'com.microsoft:GroupQueryAttention',
      'com.microsoft:MultiHeadAttention',
    ].map(op => [op, 5]),
  ),
}

const OPSET_FIRST = 7,
  OPSET_LAST = 24
// Operators that later opsets do not have.
const LAST = { Upsample: 9, Scatter: 10 }
const ML_LAST = 4

// What cannot be handed to or read from the package's JavaScript: such inputs
// are initializers, and outputs go through a Cast.
const inModelAlone = type => /^(bfloat16|float8|float4|u?int4)/.test(type)

// table: [{domain, name, since}] of the operators to draw from.
export function makeCase(seed, k, table) {
  const r = new Random(Math.imul(seed, 0x9e3779b1) + Math.imul(k, 0x85ebca6b))
  r.next()
  const op = table[k % table.length]
  const key = op.domain ? `${op.domain}:${op.name}` : op.name
  const plain = !op.domain
  const first = plain ? Math.max(OPSET_FIRST, op.since) : 11
  const opset = r.int(
    first,
    Math.max(first, Math.min(OPSET_LAST, (plain && LAST[op.name]) || 99)),
  )
  const version = plain
    ? opset
    : op.domain === 'ai.onnx.ml'
      ? r.int(op.since, ML_LAST)
      : 1
  let spec = null
  for (let tries = 0; !spec && tries < 20; tries++) spec = GENERATORS[key](r, version)
  if (!spec) return null

  // Which inputs are constants.
  const mode = r.pick(['constant', 'constant', 'values', 'values', 'values', 'free'])
  const tensors = spec.in.map(
    (t, n) =>
      t && {
        ...t,
        name: `x${n}`,
        constant:
          mode === 'constant' ||
          inModelAlone(t.type) ||
          !!spec.constants?.includes(n) ||
          (mode === 'values' ? t.param : r.chance(0.3)),
      },
  )
  // Sizes that the model leaves open.
  const open = mode !== 'constant' && r.chance(0.25)
  const given = tensors.filter(t => t)
  const outs = spec.outs || Array(spec.out || 1).fill(true)
  const names = outs.map((there, n) => (there ? `y${n}` : ''))
  const inputs = tensors.map(t => (t ? t.name : ''))
  while (inputs.length && !inputs.at(-1)) inputs.pop()
  const nodes = spec.nodes || [
    { op: op.name, domain: op.domain, inputs, outputs: names, attrs: spec.attrs },
  ]
  let results = spec.results || names.filter(n => n)
  const hidden = [...given.map(t => t.type), ...(spec.types || [])].some(inModelAlone)
  if (hidden) {
    for (const name of results)
      nodes.push({
        op: 'Cast',
        inputs: [name],
        outputs: [`${name}f`],
        attrs: { to: { type: 'float' } },
      })
    results = results.map(name => `${name}f`)
  }
  const free = given.filter(t => !t.constant)
  const bytes = model(
    {
      nodes,
      initializers: given.filter(t => t.constant),
      inputs: free.map(t => ({
        name: t.name,
        type: t.type,
        dims: t.dims.map((d, axis) =>
          open && r.chance(0.6) ? `${t.name}_${axis}` : d,
        ),
      })),
      outputs: results.map(name => ({ name })),
    },
    { '': opset, ...(plain ? {} : { [op.domain]: version }) },
  )
  return {
    k,
    op: key,
    opset: version,
    bytes,
    tensors,
    nodes,
    feeds: free,
    results,
    open,
    constant: !free.length,
    text: caseText(key, version, tensors, spec, open),
  }
}

// One line for a reader, near the form of tests/shape_cases.txt.
function caseText(key, opset, tensors, spec, open) {
  const cut = list => (list.length > 24 ? [...list.slice(0, 24), '...'] : list)
  const input = t =>
    !t
      ? '-'
      : `${t.type} ${t.dims.length ? t.dims.join('x') : '[]'}` +
        (t.constant && (t.param || t.dims.length < 2)
          ? ` = ${cut(t.data).join(',')}`
          : t.constant
            ? ' const'
            : '')
  const attr = ([name, v]) =>
    `${name}=` + (v.t ? `tensor ${v.t.type}` : v.g ? 'graph' : Object.values(v)[0])
  return (
    `${key} ${opset}${open ? ' (open)' : ''} | ${tensors.map(input).join('; ')} | ` +
    [
      ...Object.entries(spec.attrs || {}).map(attr),
      ...(spec.nodes || []).map(
        n => `${n.op}(${n.inputs})` + Object.entries(n.attrs || {}).map(attr),
      ),
    ].join(' ')
  )
}
