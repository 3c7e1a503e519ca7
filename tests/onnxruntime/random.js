// A reproducible source of random choices and tensors (splitmix32).

const INTEGER = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'uint4',
  'int4',
]
export const FLOATS = ['float', 'double', 'float16']
export const FLOATS_B = [...FLOATS, 'bfloat16']
export const SIGNED = ['int8', 'int16', 'int32', 'int64']
export const UNSIGNED = ['uint8', 'uint16', 'uint32', 'uint64']
export const INTS = [...SIGNED, ...UNSIGNED]
export const NUMBERS = [...FLOATS, ...INTS]
export const ALL = [...NUMBERS, 'bool', 'bfloat16', 'string']

export class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }
  next() {
    // 0 <= x < 1
    this.state = (this.state + 0x9e3779b9) >>> 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296
  }
  int(from, to) {
    return from + Math.floor(this.next() * (to - from + 1))
  }
  pick(list) {
    return list[this.int(0, list.length - 1)]
  }
  chance(p = 0.5) {
    return this.next() < p
  }
  times(n, make) {
    return Array.from({ length: n }, (_, i) => make(i))
  }
  ints(n, from, to) {
    return this.times(n, () => this.int(from, to))
  }
  shuffle(list) {
    const out = [...list]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[out[i], out[j]] = [out[j], out[i]]
    }
    return out
  }
  subset(list, p = 0.5) {
    return list.filter(() => this.chance(p))
  }
  // Most often the common type, so that kernels are found.
  type(list) {
    return this.chance(0.4) && list.includes('float') ? 'float' : this.pick(list)
  }
  dim(max = 5) {
    return this.chance(0.03) ? 0 : this.int(1, max)
  }
  dims(from, to, max = 5) {
    return this.times(this.int(from, to), () => this.dim(max))
  }
  axis(rank) {
    return rank ? this.int(-rank, rank - 1) : this.int(-1, 0)
  }
  // Distinct axes, counted from either end.
  axes(rank, from = 0, to = rank) {
    const n = Math.min(rank, this.int(from, to))
    return this.shuffle(this.times(rank, i => i))
      .slice(0, n)
      .map(a => (this.chance() ? a : a - rank))
  }
  // A tensor of random elements: integers, and multiples of 1/4 that every
  // float type holds. param: its values decide shapes, so most often constant.
  tensor(type, dims, { from, to, param = false, data } = {}) {
    const count = dims.reduce((a, b) => a * b, 1)
    const unsigned = UNSIGNED.includes(type) || type === 'uint4'
    from ??= unsigned || type === 'bool' ? 0 : -3
    to ??= type === 'bool' ? 1 : 3
    const element = () =>
      type === 'string'
        ? this.pick(['a', 'b', 'ab', ''])
        : type === 'bool' || INTEGER.includes(type)
          ? this.int(from, to)
          : this.int(from * 4, to * 4) / 4
    data ??= this.times(count, element)
    return { type, dims, data, param }
  }
  // A vector of integers that decides shapes.
  list(data, type = 'int64') {
    return this.tensor(type, [data.length], { data, param: true })
  }
  scalar(x, type = 'int64', dims = []) {
    return this.tensor(type, dims, { data: [x], param: true })
  }
  // A shape that broadcasts with dims.
  broadcast(dims) {
    const cut = this.chance(0.3) ? this.int(0, dims.length) : 0
    const out = dims.slice(cut).map(d => (this.chance(0.25) ? 1 : d))
    return this.chance(0.1) ? [this.int(1, 3), ...out] : out
  }
  // Attributes that are there with probability p.
  some(attrs, p = 0.6) {
    return Object.fromEntries(Object.entries(attrs).filter(() => this.chance(p)))
  }
}

export const i = x => ({ i: x })
export const f = x => ({ f: x })
export const s = x => ({ s: x })
export const ints = x => ({ ints: x })
export const floats = x => ({ floats: x })
