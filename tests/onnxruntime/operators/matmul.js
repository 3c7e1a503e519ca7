// Products of matrices, and what is made of them.
import { FLOATS, f, i, ints, s } from '../random.js'

// Two operands whose outer dimensions broadcast.
function factors(r, types, { vectors = true, zero = true } = {}) {
  const d = () => (zero ? r.dim() : r.int(1, 5))
  const m = d(),
    k = d(),
    n = d(),
    type = r.type(types)
  const outer = r.chance(0.5) ? r.dims(0, 2) : []
  let a = [...outer, m, k],
    b = [...r.broadcast(outer), k, n]
  if (outer.length === 0) b = [k, n]
  if (vectors && r.chance(0.15)) a = [k]
  if (vectors && r.chance(0.15)) b = [k]
  return [r.tensor(type, a), r.tensor(type, b)]
}

const gemm = types => (r, v) => {
  const m = r.dim(),
    k = r.int(1, 5),
    n = r.dim(),
    type = r.type(types)
  const ta = r.int(0, 1),
    tb = r.int(0, 1)
  const c = v < 7 ? [m, n] : r.pick([[m, n], [n], [1, n], [m, 1], [1], [], [1, 1]])
  const bias = v < 11 || r.chance(0.7) ? [r.tensor(type, c)] : []
  return {
    in: [
      r.tensor(type, ta ? [k, m] : [m, k]),
      r.tensor(type, tb ? [n, k] : [k, n]),
      ...bias,
    ],
    attrs: {
      ...r.some({ alpha: f(0.5), beta: f(2) }, 0.3),
      ...(ta ? { transA: i(1) } : {}),
      ...(tb ? { transB: i(1) } : r.some({ transB: i(0) }, 0.2)),
    },
  }
}

const EQUATIONS = [
  'ij,jk->ik',
  'bij,bjk->bik',
  'ij->ji',
  'ij->',
  'ij,ij->',
  'ij,ij',
  'ii->i',
  'ii',
  '...ij,...jk->...ik',
  '...i->...',
  'i,j->ij',
  'ij,j->i',
  'ijk,jil->kl',
  'bhwc,hkc->bhwk',
  'ij,jk,kl->il',
  'kgst,ktd->skgd',
  'i...j,jk->i...k',
  'ba,bc',
  'a...b,b...c->a...c',
  ' i j , j k -> i k ',
  'ij,kj->ki',
  'abc->cab',
  'ij,ij->ij',
  'i,i',
  'BI,IK->BK',
  'aB,Bc',
  'Ba,ac',
  'bA,Ac',
  'Zyx',
  '...aB,Bc',
  'Ab->',
  '->',
  ',i->i',
]

function einsum(r) {
  const equation = r.pick(EQUATIONS),
    sizes = {}
  const size = c => (sizes[c] ??= r.int(1, 4))
  const outer = r.dims(0, 2).map(d => d || 1)
  const terms = equation.replace(/ /g, '').split('->')[0].split(',')
  const type = r.type(['float', 'double', 'int32', 'int64'])
  return {
    in: terms.map(t => {
      const [head, tail] = t.split('...')
      return r.tensor(type, [
        ...[...head].map(size),
        ...(tail === undefined ? [] : r.chance(0.8) ? outer : outer.map(() => 1)),
        ...[...(tail || '')].map(size),
      ])
    }),
    attrs: { equation: s(equation) },
  }
}

const rnn = gates => (r, v) => {
  const dirs = r.int(1, 2),
    t = r.int(1, 4),
    b = r.int(1, 3),
    x = r.int(1, 4),
    h = r.int(1, 4)
  const layout = v >= 14 && r.chance(0.1) ? 1 : 0
  const bias = gates * 2 * h
  const optional = [
    r.tensor('float', [dirs, bias]),
    r.chance(0.5) ? r.tensor('int32', [b], { from: 1, to: t }) : null,
    r.tensor('float', layout ? [b, dirs, h] : [dirs, b, h]),
  ]
  if (gates === 4)
    optional.push(
      r.tensor('float', layout ? [b, dirs, h] : [dirs, b, h]),
      r.tensor('float', [dirs, 3 * h]),
    )
  const given = optional
    .slice(0, r.int(0, optional.length))
    .map(o => (r.chance(0.7) ? o : null))
  const outs = r.times(gates === 4 ? 3 : 2, () => r.chance(0.7))
  if (!outs.includes(true)) outs[0] = true
  return {
    in: [
      r.tensor('float', layout ? [b, t, x] : [t, b, x]),
      r.tensor('float', [dirs, gates * h, x]),
      r.tensor('float', [dirs, gates * h, h]),
      ...given,
    ],
    outs,
    attrs: {
      hidden_size: i(h),
      ...(dirs === 2
        ? { direction: s('bidirectional') }
        : r.some({ direction: s(r.pick(['forward', 'reverse'])) })),
      ...(v >= 14 && layout ? { layout: i(1) } : {}),
      ...(gates === 3 ? r.some({ linear_before_reset: i(r.int(0, 1)) }) : {}),
    },
  }
}

const integers = r => {
  const [a, b] = factors(r, ['uint8'])
  b.type = r.pick(['uint8', 'int8'])
  return [a, b]
}

const attention = (r, v) => {
  const b = r.int(1, 2),
    s1 = r.int(1, 5),
    s2 = r.int(1, 5),
    kv = r.int(1, 3)
  const groups = r.pick([1, 1, 2]),
    d = 2 * r.int(1, 4),
    dv = 2 * r.int(1, 4),
    h = kv * groups
  const flat = r.chance(),
    type = r.type(['float', 'float16'])
  const t = (heads, rows, size) =>
    r.tensor(type, flat ? [b, rows, heads * size] : [b, heads, rows, size])
  const past = r.chance(0.35) ? r.int(0, 4) : -1
  const total = s2 + Math.max(past, 0)
  const inputs = [t(h, s1, d), t(kv, s2, d), t(kv, s2, dv)]
  const mask = r.chance(0.4)
    ? r.tensor(
        r.pick([type, 'bool']),
        r.pick([
          [s1, total],
          [1, 1, s1, total],
          [b, h, s1, total],
          [b, 1, s1, total],
        ]),
      )
    : null
  if (mask || past >= 0) inputs.push(mask)
  if (past >= 0)
    inputs.push(r.tensor(type, [b, kv, past, d]), r.tensor(type, [b, kv, past, dv]))
  const outs = past >= 0 ? [true, true, true] : [true]
  if (r.chance(0.2)) {
    while (outs.length < 3) outs.push(r.chance(0.5) && past >= 0)
    outs.push(true)
  }
  return {
    in: inputs,
    outs,
    attrs: {
      ...(flat ? { q_num_heads: i(h), kv_num_heads: i(kv) } : {}),
      ...r.some(
        {
          is_causal: i(r.int(0, 1)),
          scale: f(0.5),
          softcap: f(0),
          qk_matmul_output_mode: i(r.int(0, 3)),
        },
        0.3,
      ),
    },
  }
}

export const matmul = {
  MatMul: r => ({ in: factors(r, ['float', 'double', 'int32', 'int64', 'float16']) }),
  MatMulInteger: r => {
    const [a, b] = integers(r)
    return {
      in: [
        a,
        b,
        ...(r.chance()
          ? [r.scalar(1, 'uint8'), ...r.subset([r.scalar(1, b.type)])]
          : []),
      ],
    }
  },
  QLinearMatMul: r => {
    const [a, b] = factors(r, ['uint8'])
    const one = () => r.tensor('float', [], { from: 1, to: 2 }),
      zero = () => r.tensor('uint8', [])
    return { in: [a, one(), zero(), b, one(), zero(), one(), zero()] }
  },
  Gemm: gemm(FLOATS),
  Einsum: einsum,
  RNN: rnn(1),
  GRU: rnn(3),
  LSTM: rnn(4),
  Det: r => {
    const n = r.int(1, 3)
    return { in: [r.tensor('float', [...r.dims(0, 2), n, n])] }
  },
  Attention: attention,
  RotaryEmbedding: r => {
    const b = r.int(1, 2),
      t = r.int(1, 4),
      h = r.int(1, 3),
      d = 2 * r.int(1, 4)
    const flat = r.chance(),
      rotary = r.chance(0.7) ? 0 : 2 * r.int(1, d / 2)
    const cache = (rotary || d) / 2,
      ids = r.chance()
    const type = r.type(['float', 'float16'])
    const table = () => r.tensor(type, ids ? [8, cache] : [b, t, cache])
    return {
      in: [
        r.tensor(type, flat ? [b, t, h * d] : [b, h, t, d]),
        table(),
        table(),
        ...(ids ? [r.tensor('int64', [b, t], { from: 0, to: 7 })] : []),
      ],
      attrs: {
        ...(flat ? { num_heads: i(h) } : {}),
        ...(rotary ? { rotary_embedding_dim: i(rotary) } : {}),
        ...r.some({ interleaved: i(r.int(0, 1)) }),
      },
    }
  },
}

const fused = r => {
  const [a, b] = factors(r, ['float'], { vectors: false })
  if (a.dims.length < 2 || b.dims.length < 2) return null
  const swap = x => {
    const d = [...x.dims]
    d.push(...d.splice(-2).reverse())
    return { ...x, dims: d }
  }
  const ta = r.int(0, 1),
    tb = r.int(0, 1)
  return {
    in: [ta ? swap(a) : a, tb ? swap(b) : b],
    attrs: {
      ...(ta ? { transA: i(1) } : {}),
      ...(tb ? { transB: i(1) } : {}),
      ...r.some({ alpha: f(0.5) }),
    },
  }
}

const nbits = r => {
  const k = r.pick([16, 32, 40, 64]),
    n = r.int(1, 6),
    block = r.pick([16, 32])
  const bits = r.pick([4, 4, 8])
  const blocks = Math.ceil(k / block),
    blob = (block * bits) / 8
  return {
    in: [
      r.tensor('float', [...r.dims(0, 2), r.dim(), k]),
      r.tensor('uint8', [n, blocks, blob], { from: 0, to: 9 }),
      r.tensor('float', r.chance() ? [n * blocks] : [n, blocks]),
      ...(r.chance(0.4)
        ? [r.tensor('uint8', bits === 4 ? [n * ((blocks + 1) >> 1)] : [n * blocks])]
        : []),
    ],
    attrs: {
      K: i(k),
      N: i(n),
      bits: i(bits),
      block_size: i(block),
      ...r.some({ accuracy_level: i(r.int(0, 4)) }, 0.2),
    },
    constants: [1, 2, 3],
  }
}

export const matmulMicrosoft = {
  FusedMatMul: r => {
    const c = fused(r)
    if (!c || !r.chance(0.25)) return c
    // [batch, ..., m, k] stored as [m, batch, ..., k] under transBatch
    const x = c.in[0],
      rank = x.dims.length
    if (rank < 3 || c.in[1].dims.length !== rank) return c
    const lead = (d, trans) => {
      const inner = d.slice(-2),
        outer = d.slice(0, -2)
      return [inner[0], ...outer.slice(0), inner[1]]
    }
    c.in = c.in.map(t => ({ ...t, dims: lead(t.dims) }))
    return { ...c, attrs: { ...c.attrs, transBatchA: i(1), transBatchB: i(1) } }
  },
  TransposeMatMul: fused,
  FusedMatMulActivation: r => {
    const c = fused(r)
    return c && { ...c, attrs: { ...c.attrs, activation: s('Relu') } }
  },
  FusedGemm: (r, v) => {
    const c = gemm(['float'])(r, v)
    return { ...c, attrs: { ...c.attrs, activation: s(r.pick(['Relu', 'Tanh'])) } }
  },
  GemmFastGelu: r => ({ in: factors(r, ['float']) }),
  MatMulInteger16: r => {
    const [a, b] = factors(r, ['int16'])
    return { in: [a, b] }
  },
  MatMulIntegerToFloat: r => {
    const [a, b] = integers(r)
    const n = b.dims.at(-1),
      per = r.chance(0.4)
    return {
      in: [
        a,
        b,
        r.tensor('float', []),
        r.tensor('float', per ? [n] : []),
        ...(r.chance()
          ? [
              r.scalar(1, a.type),
              r.tensor(b.type, per ? [n] : []),
              ...r.subset([r.tensor('float', [n])]),
            ]
          : []),
      ],
    }
  },
  DynamicQuantizeMatMul: r => {
    const [a, b] = factors(r, ['float'])
    b.type = r.pick(['uint8', 'int8'])
    b.data = b.data.map(x => Math.abs(Math.trunc(x)))
    return {
      in: [
        a,
        b,
        r.tensor('float', []),
        ...(r.chance()
          ? [r.scalar(1, b.type), ...r.subset([r.tensor('float', [b.dims.at(-1)])])]
          : []),
      ],
    }
  },
  QGemm: r => {
    const c = gemm(['float'])(r, 11)
    const [a, b] = c.in
    for (const x of [a, b]) {
      x.type = 'uint8'
      x.data = x.data.map(y => Math.abs(Math.trunc(y)))
    }
    const n = c.attrs.transB?.i ? b.dims[0] : b.dims[1]
    const one = () => r.tensor('float', [], { from: 1, to: 2 }),
      zero = () => r.tensor('uint8', [])
    delete c.attrs.beta
    const out = r.chance()
    return {
      in: [
        a,
        one(),
        zero(),
        b,
        one(),
        zero(),
        r.chance() ? r.tensor('int32', [n]) : null,
        ...(out ? [one(), zero()] : []),
      ],
      attrs: c.attrs,
    }
  },
  MatMulNBits: nbits,
  MatMulBnb4: r => {
    const k = r.pick([16, 32, 64]),
      n = r.int(1, 6),
      block = r.pick([16, 32])
    const total = k * n
    return {
      in: [
        r.tensor('float', [...r.dims(0, 2), r.int(1, 3), k]),
        r.tensor('uint8', [(total + 1) >> 1], { from: 0, to: 9 }),
        r.tensor('float', [Math.ceil(total / block)]),
      ],
      attrs: { K: i(k), N: i(n), block_size: i(block), quant_type: i(r.int(0, 1)) },
      constants: [1, 2],
    }
  },
  SparseToDenseMatMul: r => ({ in: factors(r, ['float']) }),
  CDist: r => {
    const k = r.int(1, 4)
    return {
      in: [r.tensor('float', [r.int(1, 4), k]), r.tensor('float', [r.int(1, 4), k])],
      attrs: { metric: s(r.pick(['euclidean', 'sqeuclidean'])) },
    }
  },
  Inverse: r => ({
    in: [r.tensor('float', [...r.dims(0, 2), 1, 1], { from: 1, to: 3 })],
  }),
}
