// Writes the parts of proto/onnx.proto that the test needs: a message is a
// list of byte chunks, each field written by its number.

export const TYPES = [
  'undefined',
  'float',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'double',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
]
export const typeNumber = name => TYPES.indexOf(name)

// --- the wire format
function varint(n) {
  const out = []
  for (n = BigInt.asUintN(64, BigInt(n)); n > 127n; n >>= 7n)
    out.push(Number(n & 127n) | 128)
  out.push(Number(n))
  return Buffer.from(out)
}
const int = (field, n) => Buffer.concat([varint(field << 3), varint(n)])
const bytes = (field, content) =>
  Buffer.concat([varint((field << 3) | 2), varint(content.length), content])
const text = (field, s) => bytes(field, Buffer.from(s))
function float(field, x) {
  const b = Buffer.alloc(4)
  b.writeFloatLE(x)
  return Buffer.concat([varint((field << 3) | 5), b])
}

// --- elements
// Bits of the half that is nearest to x, ties to even.
export function halfBits(x) {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  x = Math.abs(x)
  if (Number.isNaN(x)) return 0x7e00
  const exponent = Math.max(Math.floor(Math.log2(x || 2 ** -24)), -14)
  const steps = x / 2 ** (exponent - 10)
  let rounded = Math.floor(steps)
  const rest = steps - rounded
  if (rest > 0.5 || (rest === 0.5 && rounded % 2)) rounded++
  const bits = (exponent + 14) * 1024 + rounded // the leading 1 carries
  return sign | (x > 65519 ? 0x7c00 : bits)
}
export function halfNumber(bits) {
  const e = (bits >> 10) & 31,
    m = bits & 1023,
    s = bits & 0x8000 ? -1 : 1
  if (e === 31) return m ? NaN : s * Infinity
  return s * (e ? (1 + m / 1024) * 2 ** (e - 15) : m * 2 ** -24)
}
function bfloatBits(x) {
  const b = Buffer.alloc(4)
  b.writeFloatLE(x)
  const u = b.readUInt32LE()
  return Number.isNaN(x) ? 0x7fc0 : (u + 0x7fff + ((u >>> 16) & 1)) >>> 16
}
// A float with 4 or 5 bits of exponent and 3 or 2 of mantissa, what is beyond
// cut off; for numbers of ordinary size.
function float8Bits(x, exponentBits, bias) {
  if (x === 0) return 0
  const mantissaBits = 7 - exponentBits,
    e = Math.floor(Math.log2(Math.abs(x)))
  const m = Math.floor((Math.abs(x) / 2 ** e - 1) * 2 ** mantissaBits)
  return (x < 0 ? 128 : 0) | ((e + bias) << mantissaBits) | m
}
const WRITE = {
  float: [4, (b, x, o) => b.writeFloatLE(x, o)],
  double: [8, (b, x, o) => b.writeDoubleLE(x, o)],
  float16: [2, (b, x, o) => b.writeUInt16LE(halfBits(x), o)],
  bfloat16: [2, (b, x, o) => b.writeUInt16LE(bfloatBits(x), o)],
  uint8: [1, (b, x, o) => b.writeUInt8(x & 255, o)],
  int8: [1, (b, x, o) => b.writeInt8(x, o)],
  bool: [1, (b, x, o) => b.writeUInt8(x ? 1 : 0, o)],
  uint16: [2, (b, x, o) => b.writeUInt16LE(x & 65535, o)],
  int16: [2, (b, x, o) => b.writeInt16LE(x, o)],
  uint32: [4, (b, x, o) => b.writeUInt32LE(x >>> 0, o)],
  int32: [4, (b, x, o) => b.writeInt32LE(x, o)],
  uint64: [8, (b, x, o) => b.writeBigUInt64LE(BigInt.asUintN(64, BigInt(x)), o)],
  int64: [8, (b, x, o) => b.writeBigInt64LE(BigInt.asIntN(64, BigInt(x)), o)],
  complex64: [8, (b, x, o) => b.writeFloatLE(x, o)],
  float8e4m3fn: [1, (b, x, o) => b.writeUInt8(float8Bits(x, 4, 7), o)],
  float8e4m3fnuz: [1, (b, x, o) => b.writeUInt8(float8Bits(x, 4, 8), o)],
  float8e5m2: [1, (b, x, o) => b.writeUInt8(float8Bits(x, 5, 15), o)],
  float8e5m2fnuz: [1, (b, x, o) => b.writeUInt8(float8Bits(x, 5, 16), o)],
}
const NIBBLE = ['uint4', 'int4', 'float4e2m1']

// Little-endian bytes of a tensor's elements.
export function rawBytes(type, data) {
  if (NIBBLE.includes(type)) {
    const b = Buffer.alloc((data.length + 1) >> 1)
    data.forEach((x, i) => (b[i >> 1] |= (x & 15) << (i & 1 ? 4 : 0)))
    return b
  }
  const [size, write] = WRITE[type]
  const b = Buffer.alloc(size * data.length)
  data.forEach((x, i) => write(b, x, i * size))
  return b
}

function tensor(t, name = '') {
  const parts = t.dims.map(d => int(1, d))
  parts.push(int(2, typeNumber(t.type)), text(8, name))
  if (t.type === 'string') t.data.forEach(s => parts.push(text(6, s)))
  else parts.push(bytes(9, rawBytes(t.type, t.data)))
  return Buffer.concat(parts)
}

// --- graphs
// An attribute is {i}, {f}, {s}, {ints}, {floats}, {strings}, {t} or {g}; {type}
// is the number of an element type.
const ATTRIBUTE = {
  f: [1, x => [float(2, x)]],
  i: [2, x => [int(3, x)]],
  type: [2, x => [int(3, typeNumber(x))]],
  s: [3, x => [text(4, x)]],
  t: [4, x => [bytes(5, tensor(x))]],
  g: [5, x => [bytes(6, graph(x))]],
  floats: [6, x => x.map(y => float(7, y))],
  ints: [7, x => x.map(y => int(8, y))],
  strings: [8, x => x.map(y => text(9, y))],
}
function attribute(name, value) {
  const [kind] = Object.keys(value)
  const [number, write] = ATTRIBUTE[kind]
  return Buffer.concat([text(1, name), ...write(value[kind]), int(20, number)])
}

function node(n) {
  return Buffer.concat([
    ...n.inputs.map(s => text(1, s)),
    ...n.outputs.map(s => text(2, s)),
    text(3, n.name || n.outputs.find(s => s)),
    text(4, n.op),
    ...Object.entries(n.attrs || {}).map(([k, v]) => bytes(5, attribute(k, v))),
    text(7, n.domain || ''),
  ])
}

// dims: numbers, or names of symbolic sizes; undefined: no shape. sequence:
// of such tensors. Without a type the value has a name alone.
function valueInfo(v) {
  if (!v.type) return text(1, v.name)
  const parts = [int(1, typeNumber(v.type))]
  if (v.dims)
    parts.push(
      bytes(
        2,
        Buffer.concat(
          v.dims.map(d => bytes(1, typeof d === 'string' ? text(2, d) : int(1, d))),
        ),
      ),
    )
  let type = bytes(1, Buffer.concat(parts))
  if (v.sequence) type = bytes(4, bytes(1, type))
  return Buffer.concat([text(1, v.name), bytes(2, type)])
}

function graph(g) {
  return Buffer.concat([
    ...g.nodes.map(n => bytes(1, node(n))),
    text(2, 'g'),
    ...(g.initializers || []).map(t => bytes(5, tensor(t, t.name))),
    ...g.inputs.map(v => bytes(11, valueInfo(v))),
    ...g.outputs.map(v => bytes(12, valueInfo(v))),
  ])
}

// opsets: {domain: version}
export function model(g, opsets) {
  return Buffer.concat([
    int(1, 10),
    bytes(7, graph(g)),
    ...Object.entries(opsets).map(([domain, version]) =>
      bytes(8, Buffer.concat([text(1, domain), int(2, version)])),
    ),
  ])
}
