// The most multiply-adds a second that WebAssembly's SIMD does here: independent chains, in registers, nothing to load.

const CHAINS = 12; // with the two factors they fill the sixteen registers of x86 but for two
const UNROLLED = 4;

const I32 = 0x7f, F32 = 0x7d, V128 = 0x7b;
const get = (/** @type {number} */ local) => [0x20, local];
const set = (/** @type {number} */ local) => [0x21, local];
const constant = (/** @type {number} */ value) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)];
const SPLAT = [0xfd, 0x13], MULTIPLY = [0xfd, 0xe6, 0x01], ADD = [0xfd, 0xe4, 0x01], FIRST_LANE = [0xfd, 0x1f, 0];

/** An unsigned number in LEB128. @returns {number[]} */
const leb = (/** @type {number} */ n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)]);
const section = (/** @type {number} */ id, /** @type {number[]} */ body) => [id, ...leb(body.length), ...body];

/** A module with one function, run(rounds, a, b): each round takes every chain c to c * a + b, `UNROLLED` times. */
function assembled() {
  const [rounds, a, b, factor, term, first] = [0, 1, 2, 3, 4, 5];
  const chains = Array.from({ length: CHAINS }, (_, i) => first + i);
  const step = chains.flatMap((c) => [...get(c), ...get(factor), ...MULTIPLY, ...get(term), ...ADD, ...set(c)]);
  const code = [
    ...get(a), ...SPLAT, ...set(factor), ...get(b), ...SPLAT, ...set(term),
    ...chains.flatMap((c, i) => [...constant(i), ...SPLAT, ...set(c)]),
    0x03, 0x40, // loop
    ...Array(UNROLLED).fill(step).flat(),
    ...get(rounds), 0x41, 1, 0x6b, 0x22, rounds, 0x0d, 0, // rounds -= 1; again unless 0
    0x0b,
    ...get(first), ...chains.slice(1).flatMap((c) => [...get(c), ...ADD]), ...FIRST_LANE,
    0x0b,
  ];
  const body = [1, ...leb(CHAINS + 2), V128, ...code];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, 3, I32, F32, F32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode("run"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

/** @returns {Promise<() => number>} a call measures for a few milliseconds, and gives multiply-adds a second */
export async function peak() {
  const { instance } = await WebAssembly.instantiate(assembled());
  const run = /** @type {any} */ (instance.exports.run);
  const rounds = 500_000;
  for (let i = 0; i < 10; i++) run(rounds, 0.5, 0.5); // until it is compiled well
  return () => {
    const began = performance.now();
    run(rounds, 0.5, 0.5);
    return (4 * CHAINS * UNROLLED * rounds) / ((performance.now() - began) / 1000);
  };
}
