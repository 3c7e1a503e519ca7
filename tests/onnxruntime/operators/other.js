// Random numbers, texts, signals, sequences, control flow.
import { FLOATS, NUMBERS, f, floats, i, ints, s } from '../random.js'

const window = r => ({
  in: [r.scalar(r.int(1, 9), r.pick(['int32', 'int64']))],
  attrs: r.some({
    periodic: i(r.int(0, 1)),
    output_datatype: { type: r.pick(['float', 'double']) },
  }),
})

const random = r => ({
  in: [],
  attrs: {
    shape: ints(r.dims(0, 4)),
    ...r.some({ dtype: { type: r.pick(['float', 'double']) } }),
  },
})
const randomLike = r => ({
  in: [r.tensor(r.pick(['float', 'double']), r.dims(0, 4))],
  attrs: r.some({ dtype: { type: r.pick(['float', 'double']) } }),
})

// A model of several nodes; in: [tensor], named x0, x1, ...
const node = (op, inputs, outputs, attrs) => ({ op, inputs, outputs, attrs })

// A sequence of n tensors of dims, and the nodes that read it.
function sequence(r, use) {
  const dims = r.dims(1, 3),
    n = r.int(1, 4),
    same = r.chance()
  const type = r.type(['float', 'int64', 'double'])
  const tensors = r.times(n, () =>
    r.tensor(type, same ? dims : r.dims(dims.length, dims.length)),
  )
  const names = tensors.map((_, k) => `x${k}`)
  const c = use(n, same, dims, type, tensors)
  if (!c) return null
  return {
    in: [...tensors, ...(c.in || [])],
    nodes: [node('SequenceConstruct', names, ['s']), ...c.nodes(n)],
    results: c.results || ['y0'],
  }
}
const position = (r, n, end = 0) =>
  r.scalar(r.int(-n, n - 1 + end), r.pick(['int32', 'int64']))
const elements = (s, n) =>
  Array.from({ length: n }, (_, k) => [
    node('Constant', [], [`k${k}`], { value_int: i(k) }),
    node('SequenceAt', [s, `k${k}`], [`e${k}`]),
  ]).flat()

const relu = name => ({
  nodes: [node('Relu', ['x0'], [name])],
  inputs: [],
  outputs: [{ name }],
})

export const other = {
  BlackmanWindow: window,
  HammingWindow: window,
  HannWindow: window,
  MelWeightMatrix: r => ({
    in: [
      r.scalar(r.int(1, 6)),
      r.scalar(r.pick([8, 16, 17])),
      r.scalar(8192),
      r.scalar(0, 'float'),
      r.scalar(4096, 'float'),
    ],
    attrs: r.some({ output_datatype: { type: 'double' } }),
  }),
  DFT: (r, v) => {
    const rank = r.int(3, 4)
    const real = r.chance(),
      dims = [...r.ints(rank - 1, 1, 5), real ? 1 : 2]
    const axis = r.int(-rank, rank - 2) === -1 ? 1 : r.int(1, rank - 2)
    const inverse = !real && r.chance(0.3)
    const length = r.chance(0.4) ? r.scalar(r.int(1, 7)) : null
    const attrs = {
      ...(inverse ? { inverse: i(1) } : {}),
      ...(real && r.chance() ? { onesided: i(1) } : {}),
    }
    const x = r.tensor(r.type(['float', 'double']), dims)
    if (v < 20)
      return { in: [x, length], attrs: { ...attrs, ...r.some({ axis: i(axis) }) } }
    return {
      in: [x, length, ...r.subset([r.scalar(r.pick([axis, axis - rank]))])],
      attrs,
    }
  },
  STFT: r => {
    const size = r.int(8, 20),
      frame = r.pick([4, 8]),
      step = r.int(1, 4)
    return {
      in: [
        r.tensor('float', [r.int(1, 2), size, 1]),
        r.scalar(step),
        r.chance() ? r.tensor('float', [frame]) : null,
        r.scalar(frame),
      ],
      attrs: r.some({ onesided: i(r.int(0, 1)) }),
    }
  },
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: randomLike,
  RandomUniformLike: randomLike,
  Bernoulli: r => ({
    in: [r.tensor(r.pick(['float', 'double']), r.dims(0, 4), { from: 0, to: 1 })],
    attrs: r.some({ dtype: { type: r.pick(['float', 'int32', 'bool', 'int64']) } }),
  }),
  Multinomial: r => ({
    in: [r.tensor('float', [r.int(1, 3), r.int(1, 4)])],
    attrs: r.some({
      sample_size: i(r.int(1, 5)),
      dtype: { type: r.pick(['int32', 'int64']) },
    }),
  }),
  NonMaxSuppression: r => {
    const b = r.int(1, 2),
      c = r.int(1, 2),
      n = r.int(1, 5)
    return {
      in: [
        r.tensor('float', [b, n, 4], { from: 0, to: 3 }),
        r.tensor('float', [b, c, n], { from: 0, to: 2 }),
        ...(r.chance(0.8)
          ? [
              r.scalar(r.int(0, 4)),
              r.scalar(0.5, 'float'),
              ...r.subset([r.scalar(0.25, 'float')]),
            ]
          : []),
      ],
      attrs: r.some({ center_point_box: i(r.int(0, 1)) }),
    }
  },
  StringNormalizer: r => ({
    in: [r.tensor('string', r.pick([[r.int(1, 4)], [1, r.int(1, 4)]]))],
    attrs: r.some({
      case_change_action: s(r.pick(['LOWER', 'UPPER', 'NONE'])),
      is_case_sensitive: i(1),
      stopwords: { strings: ['b'] },
    }),
  }),
  StringSplit: r => ({
    in: [r.tensor('string', r.dims(0, 2))],
    out: 2,
    attrs: r.some({ delimiter: s('b'), maxsplit: i(2) }),
  }),
  RegexFullMatch: r => ({
    in: [r.tensor('string', r.dims(0, 3))],
    attrs: { pattern: s('a.*') },
  }),
  TfIdfVectorizer: r => ({
    in: [
      r.tensor(r.pick(['int32', 'int64']), r.pick([[5], [2, 4]]), { from: 0, to: 3 }),
    ],
    attrs: {
      mode: s(r.pick(['TF', 'IDF', 'TFIDF'])),
      min_gram_length: i(1),
      max_gram_length: i(1),
      max_skip_count: i(0),
      ngram_counts: ints([0]),
      ngram_indexes: ints([0, 1, r.int(2, 5)]),
      pool_int64s: ints([2, 3, 1]),
    },
  }),
  ImageDecoder: r => null,

  SequenceConstruct: r =>
    sequence(r, (n, same) => ({
      nodes: n => elements('s', n),
      results: Array.from({ length: n }, (_, k) => `e${k}`),
    })),
  SequenceEmpty: r => ({
    in: [],
    nodes: [node('SequenceEmpty', [], ['s']), node('SequenceLength', ['s'], ['y0'])],
    results: ['y0'],
  }),
  SequenceLength: r =>
    sequence(r, () => ({ nodes: () => [node('SequenceLength', ['s'], ['y0'])] })),
  SequenceAt: r =>
    sequence(r, n => ({
      in: [position(r, n)],
      nodes: () => [node('SequenceAt', ['s', `x${n}`], ['y0'])],
    })),
  SequenceErase: r =>
    sequence(r, n => {
      const given = r.chance() ? [position(r, n)] : []
      return {
        in: given,
        nodes: () => [
          node('SequenceErase', ['s', ...(given.length ? [`x${n}`] : [])], ['t']),
          ...elements('t', n - 1),
          node('SequenceLength', ['t'], ['y0']),
        ],
        results: ['y0', ...Array.from({ length: n - 1 }, (_, k) => `e${k}`)],
      }
    }),
  SequenceInsert: r =>
    sequence(r, (n, same, dims, type) => {
      const given = [
        r.tensor(type, r.dims(dims.length, dims.length)),
        ...(r.chance() ? [position(r, n, 1)] : []),
      ]
      return {
        in: given,
        nodes: () => [
          node(
            'SequenceInsert',
            ['s', `x${n}`, ...(given[1] ? [`x${n + 1}`] : [])],
            ['t'],
          ),
          ...elements('t', n + 1),
        ],
        results: Array.from({ length: n + 1 }, (_, k) => `e${k}`),
      }
    }),
  ConcatFromSequence: r =>
    sequence(r, (n, same, dims) => {
      if (!same) return null
      const stack = r.chance(),
        rank = dims.length + (stack ? 1 : 0)
      return {
        nodes: () => [
          node('ConcatFromSequence', ['s'], ['y0'], {
            axis: i(r.axis(rank)),
            ...(stack ? { new_axis: i(1) } : {}),
          }),
        ],
      }
    }),
  SplitToSequence: r => {
    const dims = r.dims(1, 3),
      axis = r.axis(dims.length),
      at = axis < 0 ? axis + dims.length : axis
    const kind = r.int(0, 2),
      parts = r.ints(r.int(1, 3), 0, 3),
      chunk = r.int(1, 3)
    if (kind === 1) dims[at] = parts.reduce((a, b) => a + b, 0)
    else dims[at] = dims[at] || 2
    const n = [dims[at], parts.length, Math.ceil(dims[at] / chunk)][kind]
    const count = Math.min(n, 3)
    const split = [[], [r.list(parts)], [r.scalar(chunk)]][kind]
    return {
      in: [r.tensor(r.type(['float', 'int64']), dims), ...split],
      nodes: [
        node('SplitToSequence', ['x0', ...(split.length ? ['x1'] : [])], ['s'], {
          ...r.some({ axis: i(axis) }, at ? 1 : 0.5),
          ...r.some({ keepdims: i(r.int(0, 1)) }),
        }),
        ...elements('s', count),
        node('SequenceLength', ['s'], ['y0']),
      ],
      results: ['y0', ...Array.from({ length: count }, (_, k) => `e${k}`)],
    }
  },
  SequenceMap: r =>
    sequence(r, n => ({
      nodes: () => [
        node('SequenceMap', ['s'], ['t'], {
          body: {
            g: {
              nodes: [node('Shape', ['m'], ['n'])],
              inputs: [{ name: 'm', type: 'float', dims: undefined }],
              outputs: [{ name: 'n', type: 'int64' }],
            },
          },
        }),
        ...elements('t', n),
      ],
      results: Array.from({ length: n }, (_, k) => `e${k}`),
    })),
  Optional: r => ({
    in: [r.tensor('float', r.dims(0, 3))],
    nodes: [node('Optional', ['x0'], ['o']), node('OptionalGetElement', ['o'], ['y0'])],
    results: ['y0'],
  }),
  OptionalGetElement: (r, v) => ({
    in: [r.tensor('float', r.dims(0, 3))],
    nodes: [node('Optional', ['x0'], ['o']), node('OptionalGetElement', ['o'], ['y0'])],
    results: ['y0'],
  }),
  OptionalHasElement: r => ({
    in: [r.tensor('float', r.dims(0, 3))],
    nodes: [node('Optional', ['x0'], ['o']), node('OptionalHasElement', ['o'], ['y0'])],
    results: ['y0'],
  }),

  If: r => {
    const dims = r.dims(1, 3)
    return {
      in: [r.tensor('float', dims), r.scalar(r.int(0, 1), 'bool')],
      nodes: [
        node('If', ['x1'], ['y0'], {
          then_branch: { g: relu('a') },
          else_branch: {
            g: {
              nodes: [node(r.pick(['Flatten', 'Abs', 'Shape']), ['x0'], ['b'])],
              inputs: [],
              outputs: [{ name: 'b' }],
            },
          },
        }),
      ],
      results: ['y0'],
    }
  },
  Loop: r => {
    const dims = r.dims(1, 3),
      trips = r.int(0, 4)
    return {
      in: [r.tensor('float', dims), r.scalar(trips)],
      nodes: [
        node('Loop', ['x1', '', 'x0'], ['y0', 'y1'], {
          body: {
            g: {
              nodes: [
                node('Relu', ['carried'], ['next']),
                node('Identity', ['c'], ['on']),
                node('Abs', ['next'], ['scan']),
              ],
              inputs: [
                { name: 'it', type: 'int64', dims: [] },
                { name: 'c', type: 'bool', dims: [] },
                { name: 'carried', type: 'float' },
              ],
              outputs: [
                { name: 'on', type: 'bool', dims: [] },
                { name: 'next', type: 'float' },
                { name: 'scan', type: 'float' },
              ],
            },
          },
        }),
      ],
      results: ['y0', 'y1'],
    }
  },
  Scan: (r, v) => {
    if (v < 9) return null
    const rows = r.int(1, 4),
      dims = r.dims(1, 2),
      axis = r.int(0, dims.length)
    const full = [...dims.slice(0, axis), rows, ...dims.slice(axis)]
    const back = r.int(0, dims.length)
    const given =
      v >= 11 && r.chance()
        ? [axis - dims.length - 1, back - dims.length - 1]
        : [axis, back]
    return {
      in: [r.tensor('float', dims), r.tensor('float', full)],
      nodes: [
        node('Scan', ['x0', 'x1'], ['y0', 'y1'], {
          num_scan_inputs: i(1),
          scan_input_axes: ints([given[0]]),
          scan_output_axes: ints([given[1]]),
          ...r.some({
            scan_input_directions: ints([r.int(0, 1)]),
            scan_output_directions: ints([r.int(0, 1)]),
          }),
          body: {
            g: {
              nodes: [
                node('Add', ['st', 'el'], ['st2']),
                node('Identity', ['st2'], ['out']),
              ],
              inputs: [
                { name: 'st', type: 'float' },
                { name: 'el', type: 'float' },
              ],
              outputs: [
                { name: 'st2', type: 'float' },
                { name: 'out', type: 'float' },
              ],
            },
          },
        }),
      ],
      results: ['y0', 'y1'],
    }
  },
}

// Names by which ai.onnx.ml's generators are listed.
const ensemble = r => {
  const targets = r.int(1, 3)
  const n = targets
  return {
    n,
    nodes: {
      nodes_treeids: ints(Array(3).fill(0)),
      nodes_nodeids: ints([0, 1, 2]),
      nodes_featureids: ints([0, 0, 0]),
      nodes_values: floats([0.5, 0, 0]),
      nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
      nodes_truenodeids: ints([1, 0, 0]),
      nodes_falsenodeids: ints([2, 0, 0]),
    },
  }
}
const labels = (r, n) =>
  r.chance()
    ? { classlabels_ints: ints([...Array(n).keys()]) }
    : { classlabels_strings: { strings: 'abcdef'.slice(0, n).split('') } }

export const ml = {
  ArrayFeatureExtractor: r => {
    const dims = r.dims(1, 3).map(d => d || 1),
      n = r.int(1, 4)
    return {
      in: [
        r.tensor(r.type(['float', 'int64', 'double']), dims),
        r.tensor('int64', r.pick([[n], [1, n]]), { from: 0, to: dims.at(-1) - 1 }),
      ],
    }
  },
  Binarizer: r => ({
    in: [r.tensor('float', r.dims(1, 3))],
    attrs: { threshold: f(0.5) },
  }),
  FeatureVectorizer: r => {
    const sizes = r.ints(r.int(1, 3), 1, 4),
      n = r.int(1, 3)
    return {
      in: sizes.map(k => r.tensor('float', [n, k])),
      attrs: { inputdimensions: ints(sizes) },
    }
  },
  Imputer: r => {
    const n = r.int(1, 4)
    return {
      in: [r.tensor('float', [r.int(1, 3), n])],
      attrs: {
        imputed_value_floats: floats(r.chance() ? [1] : Array(n).fill(1)),
        replaced_value_float: f(0),
      },
    }
  },
  LabelEncoder: (r, v) => ({
    in: [r.tensor('int64', r.dims(1, 3), { from: 0, to: 3 })],
    attrs: {
      keys_int64s: ints([0, 1, 2]),
      ...r.pick([
        { values_strings: { strings: ['a', 'b', 'c'] } },
        { values_floats: floats([1, 2, 3]) },
      ]),
    },
  }),
  LinearClassifier: r => {
    const n = r.int(2, 3),
      k = r.int(1, 4)
    return {
      in: [r.tensor(r.type(['float', 'int64', 'double']), [r.int(1, 3), k])],
      out: 2,
      attrs: {
        coefficients: floats(Array(n * k).fill(0.5)),
        intercepts: floats(Array(n).fill(0)),
        ...labels(r, n),
      },
    }
  },
  LinearRegressor: r => {
    const n = r.int(1, 3),
      k = r.int(1, 4)
    return {
      in: [r.tensor('float', [r.int(1, 3), k])],
      attrs: {
        coefficients: floats(Array(n * k).fill(0.5)),
        intercepts: floats(Array(n).fill(0)),
        targets: i(n),
      },
    }
  },
  Normalizer: r => ({
    in: [r.tensor('float', r.dims(1, 2))],
    attrs: { norm: s(r.pick(['MAX', 'L1', 'L2'])) },
  }),
  OneHotEncoder: r => ({
    in: [r.tensor(r.pick(['int64', 'float']), r.dims(1, 3), { from: 0, to: 3 })],
    attrs: { cats_int64s: ints([0, 1, 2]), ...r.some({ zeros: i(1) }, 1) },
  }),
  Scaler: r => ({
    in: [r.tensor('float', [r.int(1, 3), 3])],
    attrs: { offset: floats([1]), scale: floats([2]) },
  }),
  SVMRegressor: r => ({
    in: [r.tensor('float', [r.int(1, 4), 2])],
    attrs: {
      kernel_type: s('LINEAR'),
      kernel_params: floats([0.5, 0, 3]),
      n_supports: i(1),
      support_vectors: floats([1, 2]),
      coefficients: floats([0.5]),
      rho: floats([0.25]),
    },
  }),
  SVMClassifier: r => ({
    in: [r.tensor('float', [r.int(1, 4), 2])],
    out: 2,
    attrs: {
      kernel_type: s('LINEAR'),
      kernel_params: floats([0.5, 0, 3]),
      coefficients: floats([1, 2, 3, 4]),
      rho: floats([0.25]),
      ...labels(r, 2),
    },
  }),
  TreeEnsembleRegressor: r => {
    const e = ensemble(r)
    return {
      in: [r.tensor('float', [r.int(1, 4), 2])],
      attrs: {
        ...e.nodes,
        n_targets: i(e.n),
        target_treeids: ints(Array(e.n).fill(0)),
        target_nodeids: ints(Array(e.n).fill(1)),
        target_ids: ints([...Array(e.n).keys()]),
        target_weights: floats(Array(e.n).fill(1)),
      },
    }
  },
  TreeEnsembleClassifier: r => {
    const e = ensemble(r),
      n = r.int(2, 3)
    return {
      in: [r.tensor('float', [r.int(1, 4), 2])],
      out: 2,
      attrs: {
        ...e.nodes,
        class_treeids: ints(Array(n).fill(0)),
        class_nodeids: ints(Array(n).fill(1)),
        class_ids: ints([...Array(n).keys()]),
        class_weights: floats(Array(n).fill(1)),
        ...labels(r, n),
      },
    }
  },
}
