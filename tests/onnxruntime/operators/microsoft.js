// com.microsoft: attention, quantized element-wise operators, the rest.
import { f, floats, i, ints, s } from '../random.js'

const F = 'float'
const one = r => r.tensor(F, [], { from: 1, to: 2 })
const zero = (r, type = 'uint8') => r.tensor(type, [])
const bytes = (r, dims, type = 'uint8') => r.tensor(type, dims, { from: 0 })

const qlinearBinary = r => {
  const dims = r.dims(0, 4),
    type = r.pick(['uint8', 'int8'])
  const scales = () => [one(r), zero(r, type)]
  return {
    in: [
      bytes(r, dims, type),
      ...scales(),
      bytes(r, r.broadcast(dims), type),
      ...scales(),
      ...scales(),
    ],
  }
}
const qlinearUnary = attrs => r => {
  const type = r.pick(['uint8', 'int8'])
  return {
    in: [bytes(r, r.dims(1, 4), type), one(r), zero(r, type), one(r), zero(r, type)],
    attrs: attrs ? attrs(r) : {},
  }
}
const skip = (outs, simplified) => r => {
  const dims = r.dims(2, 3).map(d => d || 1),
    h = dims.at(-1),
    t = n => r.tensor(F, n)
  const given = [
    t(dims),
    t(dims.length === 3 && r.chance(0.2) ? [1, ...dims.slice(1)] : dims),
    t([h]),
  ]
  if (!simplified && r.chance(0.7)) given.push(t([h]))
  if (r.chance(0.3)) {
    while (given.length < (simplified ? 3 : 4)) given.push(null)
    given.push(t([h]))
  }
  const sum = r.chance(0.4)
  return {
    in: given,
    outs: sum ? [true, false, false, true] : [true],
    attrs: r.some({ epsilon: f(0.01) }),
  }
}

const attention = r => {
  const b = r.int(1, 2),
    n = r.int(1, 3),
    d = r.int(1, 4) * 2,
    t = r.int(1, 4),
    x = r.int(1, 6)
  const unequal = r.chance(0.3),
    dv = unequal ? r.int(1, 4) * 2 : d
  const past = !unequal && r.chance(0.35) ? r.int(0, 4) : -1,
    total = t + Math.max(0, past)
  const qkv = 2 * n * d + n * dv
  const masks = [null, [b], [2 * b], [b, total], [b, t, total], [3 * b + 2]]
  const m = r.pick(masks)
  const mask = m && r.tensor('int32', m, { from: 1, to: 1 })
  const given = [
    r.tensor(F, [b, t, x]),
    r.tensor(F, [x, qkv]),
    r.chance(0.7) ? r.tensor(F, [qkv]) : null,
    mask,
    past >= 0 ? r.tensor(F, [2, b, n, past, d]) : null,
    r.chance(0.2) ? r.tensor(F, [b, n, t, total]) : null,
  ]
  return {
    in: given,
    outs: past >= 0 || r.chance(0.2) ? [true, true] : [true],
    attrs: {
      num_heads: i(n),
      ...(unequal ? { qkv_hidden_sizes: ints([n * d, n * d, n * dv]) } : {}),
      ...r.some({ unidirectional: i(r.int(0, 1)), scale: f(0.5) }, 0.3),
    },
  }
}

const multiHead = r => {
  const b = r.int(1, 2),
    n = r.int(1, 3),
    d = r.int(1, 4) * 2,
    dv = r.chance() ? d : r.int(1, 4) * 2
  const t = r.int(1, 4),
    kind = r.int(0, 3)
  const same = kind === 1 || kind === 2,
    l = kind === 1 ? t : r.int(1, 5)
  let q,
    k = null,
    v = null,
    w = dv
  if (kind === 0) {
    q = [b, t, n * d]
    k = [b, l, n * d]
    v = [b, l, n * dv]
  } else if (kind === 1) {
    q = [b, t, n, 3, d]
    w = d
  } else if (kind === 2) {
    q = [b, t, n * d]
    k = [b, l, n, 2, d]
    w = d
  } else {
    q = [b, t, n * d]
    k = [b, n, l, d]
    v = [b, n, l, dv]
  }
  const past = kind === 0 && r.chance(0.35) ? r.int(0, 4) : -1,
    total = l + Math.max(past, 0)
  const given = [q, k, v].map(x => x && r.tensor(F, x))
  given.push(
    kind !== 1 && kind !== 2 && r.chance(0.3) ? r.tensor(F, [2 * n * d + n * w]) : null,
    r.chance(0.2)
      ? r.tensor('int32', r.pick([[b], [b, total], [b, t, total]]), { from: 1, to: 1 })
      : null,
    r.chance(0.2)
      ? r.tensor(
          F,
          r.pick([
            [b, n, t, total],
            [1, n, t, total],
          ]),
        )
      : null,
  )
  if (past >= 0) given.push(r.tensor(F, [b, n, past, d]), r.tensor(F, [b, n, past, w]))
  const present = past >= 0 || r.chance(0.2)
  return {
    in: given,
    outs: present ? [true, true, true, ...(r.chance(0.2) ? [true] : [])] : [true],
    attrs: {
      num_heads: i(n),
      ...r.some({ unidirectional: i(r.int(0, 1)), scale: f(0.5) }, 0.3),
    },
  }
}

const grouped = r => {
  const b = r.int(1, 2),
    kv = r.int(1, 2),
    n = kv * r.int(1, 3),
    d = 8 * r.int(1, 2)
  const prompt = r.chance(),
    past = prompt ? 0 : r.int(1, 5)
  const t = prompt ? r.int(1, 5) : r.pick([1, 1, r.int(1, 3)]),
    total = t + past
  const buffer = r.chance(0.5) ? total + r.int(0, 4) : past
  const packed = r.chance(0.3),
    rotary = r.chance(0.4)
  const half = d / 2
  const row = r.tensor(F, [b, t, (packed ? n + 2 * kv : n) * d])
  const kvs = () => (packed ? null : r.tensor(F, [b, t, kv * d]))
  const cache = () => r.tensor(F, [b, kv, buffer, d])
  const with_past = !prompt || r.chance(0.6)
  return {
    in: [
      row,
      kvs(),
      kvs(),
      with_past ? cache() : null,
      with_past ? cache() : null,
      r.tensor('int32', r.pick([[b], [b, 1]]), { from: total - 1, to: total - 1 }),
      r.scalar(total, 'int32', r.pick([[], [1]])),
      ...(rotary ? [r.tensor(F, [16, half]), r.tensor(F, [16, half])] : []),
    ],
    outs: [true, true, true],
    attrs: {
      num_heads: i(n),
      kv_num_heads: i(kv),
      ...(rotary ? { do_rotary: i(1) } : {}),
      ...r.some({ local_window_size: i(3), scale: f(0.5) }, 0.2),
    },
  }
}

const quantizedAttention = r => {
  const b = r.int(1, 2),
    n = r.int(1, 3),
    d = r.int(1, 4) * 2,
    t = r.int(1, 4),
    x = r.int(1, 6)
  const past = r.chance(0.4) ? r.int(0, 4) : -1
  return {
    in: [
      bytes(r, [b, t, x]),
      bytes(r, [x, 3 * n * d]),
      r.tensor(F, [3 * n * d]),
      one(r),
      one(r),
      r.chance(0.3) ? r.tensor('int32', [b], { from: 1, to: t }) : null,
      zero(r),
      zero(r),
      ...(past >= 0 ? [r.tensor(F, [2, b, n, past, d])] : []),
    ],
    outs: past >= 0 ? [true, true] : [true],
    attrs: { num_heads: i(n), ...r.some({ unidirectional: i(1) }, 0.3) },
  }
}

const embed = r => {
  const b = r.int(1, 2),
    t = r.int(1, 4),
    h = r.int(1, 5),
    segment = r.chance()
  const ids = n => r.tensor('int32', [b, t], { from: 0, to: n - 1 })
  const mask = r.chance()
  return {
    in: [
      ids(6),
      segment ? ids(2) : null,
      r.tensor(F, [6, h]),
      r.tensor(F, [8, h]),
      segment ? r.tensor(F, [2, h]) : null,
      r.tensor(F, [h]),
      r.tensor(F, [h]),
      ...(mask ? [r.tensor('int32', [b, t], { from: 1, to: 1 })] : []),
    ],
    outs: [true, true, ...(r.chance(0.3) ? [true] : [])],
    attrs: r.some({ epsilon: f(0.01), mask_index_type: i(r.int(0, 1)) }, 0.3),
  }
}

const quantize =
  (type, source = F) =>
  (r, v) => {
    const dims = r.dims(1, 4).map(d => d || 1),
      axis = r.axis(dims.length)
    const per = r.chance(0.4),
      shape = per ? [dims.at(axis)] : []
    const t = r.pick(['uint8', 'int8', 'uint16', 'int16'])
    return type === 'quantize'
      ? {
          in: [
            r.tensor(F, dims),
            r.tensor(F, shape, { from: 1, to: 2 }),
            r.tensor(t, shape),
          ],
          attrs: per ? { axis: i(axis) } : {},
        }
      : {
          in: [
            bytes(r, dims, t),
            r.tensor(F, shape, { from: 1, to: 2 }),
            r.tensor(t, shape),
          ],
          attrs: per ? { axis: i(axis) } : {},
        }
  }

export const microsoft = {
  Attention: attention,
  MultiHeadAttention: multiHead,
  GroupQueryAttention: grouped,
  QAttention: quantizedAttention,
  DecoderMaskedMultiHeadAttention: r => {
    const b = 1,
      n = r.int(1, 3),
      d = 8,
      past = r.int(1, 4),
      max = past + r.int(1, 4)
    const share = r.chance()
    return {
      in: [
        r.tensor(F, [b, 1, n * d]),
        r.tensor(F, [b, 1, n * d]),
        r.tensor(F, [b, 1, n * d]),
        null,
        null,
        r.tensor(F, [b, n, share ? max : past, d]),
        r.tensor(F, [b, n, share ? max : past, d]),
        ...(share ? [r.scalar(past, 'int32', [1])] : []),
      ],
      outs: [true, true, true],
      attrs: { num_heads: i(n), ...(share ? { past_present_share_buffer: i(1) } : {}) },
    }
  },
  RotaryEmbedding: r => {
    const b = r.int(1, 2),
      t = r.int(1, 4),
      n = r.int(1, 3),
      d = 2 * r.int(1, 4)
    return {
      in: [
        r.tensor(F, r.chance() ? [b, t, n * d] : [b, n, t, d]),
        r.tensor('int64', r.pick([[1], [b, t]]), { from: 0, to: 2 }),
        r.tensor(F, [8, d / 2]),
        r.tensor(F, [8, d / 2]),
      ],
      attrs: r.some({ interleaved: i(r.int(0, 1)), num_heads: i(n) }, 0.3),
    }
  },
  SparseAttention: r => null,
  LongformerAttention: r => null,
  GatedRelativePositionBias: r => null,
  RelativePositionBias: r => ({
    in: [r.tensor(F, [32, r.int(1, 4)]), r.scalar(r.int(1, 5)), r.scalar(r.int(1, 5))],
    attrs: { max_distance: i(128), ...r.some({ is_bidirectional: i(1) }) },
  }),
  EmbedLayerNormalization: embed,
  QEmbedLayerNormalization: r => {
    const b = r.int(1, 2),
      t = r.int(1, 4),
      h = r.int(1, 5)
    const ids = n => r.tensor('int32', [b, t], { from: 0, to: n - 1 }),
      segment = r.chance()
    return {
      in: [
        ids(6),
        segment ? ids(2) : null,
        bytes(r, [6, h]),
        bytes(r, [8, h]),
        segment ? bytes(r, [2, h]) : null,
        bytes(r, [h]),
        bytes(r, [h]),
        r.chance() ? r.tensor('int32', [b, t], { from: 1, to: 1 }) : null,
        one(r),
        one(r),
        segment ? one(r) : null,
        one(r),
        one(r),
        zero(r),
        zero(r),
        segment ? zero(r) : null,
        zero(r),
        zero(r),
      ],
      outs: [true, true],
    }
  },
  SkipLayerNormalization: skip(4, false),
  SkipSimplifiedLayerNormalization: skip(4, true),
  QLinearAdd: qlinearBinary,
  QLinearMul: qlinearBinary,
  QLinearLeakyRelu: qlinearUnary(r => r.some({ alpha: f(0.25) })),
  QLinearSigmoid: qlinearUnary(),
  QLinearSoftmax: (r, v) => {
    const c = qlinearUnary()(r)
    return {
      ...c,
      attrs: {
        opset: i(r.pick([11, 13])),
        ...r.some({ axis: i(r.axis(c.in[0].dims.length)) }),
      },
    }
  },
  QLinearReduceMean: r => {
    const c = qlinearUnary()(r)
    return {
      ...c,
      attrs: {
        axes: ints(r.axes(c.in[0].dims.length, 1)),
        ...r.some({ keepdims: i(r.int(0, 1)) }),
      },
    }
  },
  QLinearConcat: r => {
    const dims = r.dims(1, 4),
      axis = r.axis(dims.length),
      at = axis < 0 ? axis + dims.length : axis
    return {
      in: [
        one(r),
        zero(r),
        ...r
          .times(r.int(1, 3), () => [
            bytes(
              r,
              dims.map((d, k) => (k === at ? r.dim() : d)),
            ),
            one(r),
            zero(r),
          ])
          .flat(),
      ],
      attrs: { axis: i(axis) },
    }
  },
  QLinearWhere: r => {
    const dims = r.dims(1, 4),
      b = () => bytes(r, r.broadcast(dims))
    return {
      in: [
        r.tensor('bool', r.broadcast(dims)),
        bytes(r, dims),
        one(r),
        zero(r),
        b(),
        one(r),
        zero(r),
        one(r),
        zero(r),
      ],
    }
  },
  QuantizeLinear: quantize('quantize'),
  DequantizeLinear: quantize('dequantize'),
  DynamicQuantizeLSTM: r => {
    const dirs = r.int(1, 2),
      t = r.int(1, 4),
      b = r.int(1, 3),
      x = r.int(1, 4),
      h = r.int(1, 4)
    const outs = [true, r.chance(), r.chance()]
    return {
      in: [
        r.tensor(F, [t, b, x]),
        bytes(r, [dirs, x, 4 * h]),
        bytes(r, [dirs, h, 4 * h]),
        null,
        null,
        null,
        null,
        null,
        r.tensor(F, [dirs], { from: 1, to: 1 }),
        bytes(r, [dirs]),
        r.tensor(F, [dirs], { from: 1, to: 1 }),
        bytes(r, [dirs]),
      ],
      outs,
      attrs: {
        hidden_size: i(h),
        ...(dirs === 2 ? { direction: s('bidirectional') } : {}),
      },
      constants: [1, 2, 8, 9, 10, 11],
    }
  },
  GatherBlockQuantized: r => {
    const rows = r.int(1, 5),
      cols = 32 * r.int(1, 2),
      type = r.pick(['int4', 'uint4'])
    const block = 16
    return {
      in: [
        r.tensor(type, [rows, cols], { from: 0, to: 3 }),
        r.tensor(r.pick(['int32', 'int64']), r.dims(0, 2), { from: 0, to: rows - 1 }),
        r.tensor(F, [rows, cols / block]),
        ...r.subset([r.tensor(type, [rows, cols / block], { from: 0, to: 3 })]),
      ],
      attrs: {
        gather_axis: i(r.pick([0, -2])),
        quantize_axis: i(r.pick([1, -1])),
        block_size: i(block),
      },
      constants: [0, 2, 3],
    }
  },
  NGramRepeatBlock: r => ({
    in: [r.tensor('int64', [2, 4], { from: 0, to: 3 }), r.tensor(F, [2, 5])],
    attrs: { ngram_size: i(r.int(1, 3)) },
  }),
  Tokenizer: r => ({
    in: [r.tensor('string', r.pick([[2], [2, 3]]))],
    attrs: { mark: i(1), pad_value: s('#'), tokenexp: s('a.'), mincharnum: i(1) },
  }),
  WordConvEmbedding: r => null,
  BifurcationDetector: r => ({
    in: [
      r.tensor('int64', [6], { from: 0, to: 3 }),
      r.tensor('int64', [4], { from: 0, to: 3 }),
      r.scalar(0),
    ],
    out: 2,
    attrs: { min_ngram_size: i(1), max_ngram_size: i(3) },
  }),
  MoE: r => {
    const rows = r.int(1, 5),
      e = r.int(1, 3),
      h = r.int(2, 5),
      inter = r.int(2, 5)
    return {
      in: [
        r.tensor(F, r.chance() ? [rows, h] : [1, rows, h]),
        r.tensor(F, [rows, e]),
        r.tensor(F, [e, inter, h]),
        r.chance() ? r.tensor(F, [e, inter]) : null,
        r.tensor(F, [e, h, inter]),
        ...(r.chance() ? [r.tensor(F, [e, h])] : []),
      ],
      attrs: {
        k: i(r.int(1, e)),
        activation_type: s(r.pick(['relu', 'gelu', 'silu'])),
      },
    }
  },
  QMoE: r => {
    const rows = r.int(1, 5),
      e = r.int(1, 3),
      h = 32,
      inter = 32
    return {
      in: [
        r.tensor(F, [rows, h]),
        r.tensor(F, [rows, e]),
        bytes(r, [e, inter, h / 2]),
        r.tensor(F, [e, inter]),
        null,
        bytes(r, [e, h, inter / 2]),
        r.tensor(F, [e, h]),
      ],
      attrs: {
        k: i(r.int(1, e)),
        activation_type: s('relu'),
        expert_weight_bits: i(4),
      },
    }
  },
  CausalConvWithState: r => {
    const b = r.int(1, 2),
      c = r.int(1, 4),
      t = r.int(1, 5),
      k = r.int(1, 4)
    return {
      in: [
        r.tensor(F, [b, c, t]),
        r.tensor(F, [c, 1, k]),
        r.chance() ? r.tensor(F, [c]) : null,
        ...(r.chance() ? [r.tensor(F, [b, c, k - 1])] : []),
      ],
      outs: [true, true],
      attrs: r.some({ activation: s('silu') }),
    }
  },
  LinearAttention: r => {
    const b = r.int(1, 2),
      t = r.int(1, 4),
      n = r.int(1, 2),
      dk = 4,
      dv = 4
    return {
      in: [
        r.tensor(F, [b, t, n * dk]),
        r.tensor(F, [b, t, n * dk]),
        r.tensor(F, [b, t, n * dv]),
      ],
      outs: [true, true],
      attrs: { q_num_heads: i(n), kv_num_heads: i(n), update_rule: s('linear') },
    }
  },
  DecoderAttention: r => null,
  PackedAttention: r => null,
  PackedMultiHeadAttention: r => null,
  PagedAttention: r => null,
}
