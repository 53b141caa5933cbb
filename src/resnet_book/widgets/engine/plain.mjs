// The kernels of kernels.c again, in plain JavaScript: the fallback where SIMD is missing, and a check on the other.
// `round` makes every result a 32-bit float as the SIMD instructions do, so both give the same bits; sums run in the same
// order. Pointers are byte addresses, as there.

const round = Math.fround;
const [ADD, CLIP] = [1, 2];
const LN2 = 0.6931471805599453;
const clip = (/** @type {number} */ x) => (x < 0 ? 0 : x);

/** Memory that grows as WebAssembly's does. */
class PlainMemory {
  constructor(/** @type {number} */ pages) {
    this.buffer = new ArrayBuffer(pages * 65536);
  }

  grow(/** @type {number} */ pages) {
    const grown = new ArrayBuffer(this.buffer.byteLength + pages * 65536);
    new Uint8Array(grown).set(new Uint8Array(this.buffer));
    this.buffer = grown;
  }
}

const bits = new Int32Array(2); // of the double beside it
const power = new Float64Array(bits.buffer);

/** e^x for x <= 0. */
function exponential(/** @type {number} */ x) {
  if (x < -700) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const r = x - k * LN2;
  let [term, total] = [1, 1];
  for (let i = 1; i < 11; i++) {
    term = (term * r) / i;
    total = total + term;
  }
  if (k !== k) return k;
  bits[1] = (k + 1023) << 20;
  return total * power[0];
}

/** ln x for x >= 1. */
function logarithm(/** @type {number} */ x) {
  let k = 0;
  for (; x > 1.5; x = x / 2) k = k + 1;
  const s = (x - 1) / (x + 1);
  let [odd, total] = [s, 0];
  for (let i = 1; i < 24; i += 2) {
    total = total + odd / i;
    odd = odd * s * s;
  }
  return 2 * total + k * LN2;
}

/** One memory and every kernel over it. @returns {any} */
export function plain_kernels(pages = 16) {
  const memory = new PlainMemory(pages);
  let f = new Float32Array(memory.buffer);
  let i32 = new Int32Array(memory.buffer);
  const fresh = () => {
    if (f.buffer === memory.buffer) return;
    f = new Float32Array(memory.buffer);
    i32 = new Int32Array(memory.buffer);
  };

  /** Every kernel with its pointers (the arguments named in `pointers`) as indices, on views of today's memory. */
  const over = (/** @type {number[]} */ pointers, /** @type {(...args: any[]) => any} */ kernel) =>
    (/** @type {any[]} */ ...args) => {
      fresh();
      for (const k of pointers) args[k] >>= 2;
      return kernel(...args);
    };

  function conv(x, at, P, window, R, w, bias, C, y, out, flags) {
    const [F, I] = [f, i32];
    const V = C % 8 ? 4 : 8;
    for (let c = 0; c < C; c += 4) {
      const first = w + (c - (c % V)) * R + (c % V);
      for (let p = 0; p < P; p += 2) {
        const q = p + 1 < P ? p + 1 : p;
        const x0 = x + I[at + p], x1 = x + I[at + q];
        const y0 = y + I[out + p] + c, y1 = y + I[out + q] + c;
        let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
        if (flags & ADD) {
          a0 = F[y0]; a1 = F[y0 + 1]; a2 = F[y0 + 2]; a3 = F[y0 + 3];
          b0 = F[y1]; b1 = F[y1 + 1]; b2 = F[y1 + 2]; b3 = F[y1 + 3];
        } else if (bias) {
          a0 = b0 = F[bias + c]; a1 = b1 = F[bias + c + 1]; a2 = b2 = F[bias + c + 2]; a3 = b3 = F[bias + c + 3];
        }
        for (let r = 0, k = first; r < R; r++, k += V) {
          const shift = I[window + r];
          const u = F[x0 + shift], v = F[x1 + shift];
          const w0 = F[k], w1 = F[k + 1], w2 = F[k + 2], w3 = F[k + 3];
          a0 = round(a0 + round(u * w0)); a1 = round(a1 + round(u * w1));
          a2 = round(a2 + round(u * w2)); a3 = round(a3 + round(u * w3));
          b0 = round(b0 + round(v * w0)); b1 = round(b1 + round(v * w1));
          b2 = round(b2 + round(v * w2)); b3 = round(b3 + round(v * w3));
        }
        if (flags & CLIP) {
          a0 = clip(a0); a1 = clip(a1); a2 = clip(a2); a3 = clip(a3);
          b0 = clip(b0); b1 = clip(b1); b2 = clip(b2); b3 = clip(b3);
        }
        F[y0] = a0; F[y0 + 1] = a1; F[y0 + 2] = a2; F[y0 + 3] = a3;
        F[y1] = b0; F[y1 + 1] = b1; F[y1 + 2] = b2; F[y1 + 3] = b3;
      }
    }
  }

  function conv_dw(x, at, P, window, R, dy, out, C, dw) {
    const [F, I] = [f, i32];
    const V = C % 8 ? 4 : 8;
    for (let c = 0; c < C; c += 4) {
      const first = dw + (c - (c % V)) * R + (c % V);
      for (let r = 0; r < R; r += 2) {
        const s = r + 1 < R ? r + 1 : r;
        const x0 = x + I[window + r], x1 = x + I[window + s];
        const k0 = first + r * V, k1 = first + s * V;
        let a0 = F[k0], a1 = F[k0 + 1], a2 = F[k0 + 2], a3 = F[k0 + 3];
        let b0 = F[k1], b1 = F[k1 + 1], b2 = F[k1 + 2], b3 = F[k1 + 3];
        for (let p = 0; p < P; p++) {
          const d = dy + I[out + p] + c;
          const from = I[at + p];
          const u = F[x0 + from], v = F[x1 + from];
          const d0 = F[d], d1 = F[d + 1], d2 = F[d + 2], d3 = F[d + 3];
          a0 = round(a0 + round(u * d0)); a1 = round(a1 + round(u * d1));
          a2 = round(a2 + round(u * d2)); a3 = round(a3 + round(u * d3));
          b0 = round(b0 + round(v * d0)); b1 = round(b1 + round(v * d1));
          b2 = round(b2 + round(v * d2)); b3 = round(b3 + round(v * d3));
        }
        F[k0] = a0; F[k0 + 1] = a1; F[k0 + 2] = a2; F[k0 + 3] = a3;
        F[k1] = b0; F[k1 + 1] = b1; F[k1 + 2] = b2; F[k1 + 3] = b3;
      }
    }
  }

  function transpose(w, taps, A, inputs, C, outputs, to) {
    const [V, U, R, S] = [C % 8 ? 4 : 8, A % 8 ? 4 : 8, taps * inputs, taps * outputs];
    for (let a = 0; a < A; a++) {
      for (let t = 0; t < taps; t++) {
        for (let c = 0; c < outputs; c++) {
          f[to + (a - (a % U)) * S + ((taps - 1 - t) * outputs + c) * U + (a % U)] =
            a < inputs ? f[w + (c - (c % V)) * R + (t * inputs + a) * V + (c % V)] : 0;
        }
      }
    }
  }

  function norm(x, at, P, C, gamma, beta, epsilon, mean, inverse, y, flags) {
    const [F, I] = [f, i32];
    const share = round(1 / P);
    epsilon = round(epsilon);
    for (let c = 0; c < C; c++) {
      let [m, v] = [0, 0];
      for (let p = 0; p < P; p++) m = round(m + F[x + I[at + p] + c]);
      m = round(m * share);
      for (let p = 0; p < P; p++) {
        const d = round(F[x + I[at + p] + c] - m);
        v = round(v + round(d * d));
      }
      v = round(1 / round(Math.sqrt(round(round(v * share) + epsilon))));
      F[mean + c] = m;
      F[inverse + c] = v;
      const scale = round(v * F[gamma + c]);
      const shift = F[beta + c];
      for (let p = 0; p < P; p++) {
        const o = I[at + p] + c;
        const value = round(round(round(F[x + o] - m) * scale) + shift);
        F[y + o] = flags & CLIP ? clip(value) : value;
      }
    }
  }

  function norm_back(x, dy, at, P, C, gamma, mean, inverse, dgamma, dbeta, dx) {
    const [F, I] = [f, i32];
    const share = round(1 / P);
    for (let c = 0; c < C; c++) {
      const [m, inv] = [F[mean + c], F[inverse + c]];
      let [plain, along] = [0, 0];
      for (let p = 0; p < P; p++) {
        const o = I[at + p] + c;
        const d = F[dy + o];
        plain = round(plain + d);
        along = round(along + round(d * round(round(F[x + o] - m) * inv)));
      }
      F[dbeta + c] = F[dbeta + c] + plain;
      F[dgamma + c] = F[dgamma + c] + along;
      const scale = round(F[gamma + c] * inv);
      plain = round(plain * share);
      along = round(round(along * share) * inv);
      for (let p = 0; p < P; p++) {
        const o = I[at + p] + c;
        const d = round(round(F[dy + o] - plain) - round(round(F[x + o] - m) * along));
        F[dx + o] = scale * d;
      }
    }
  }

  function join(x, a, g, b, N, y, flags) {
    a = round(a);
    b = round(b);
    for (let i = 0; i < N; i++) {
      const value = round(round(a * f[x + i]) + round(b * f[g + i]));
      f[y + i] = flags & CLIP ? clip(value) : value;
    }
  }

  function relu_back(y, d, N) {
    for (let i = 0; i < N; i++) if (!(f[y + i] > 0)) f[d + i] = 0;
  }

  function move(x, from, y, to, P, C, flags) {
    for (let p = 0; p < P; p++) {
      const [s, t] = [x + i32[from + p], y + i32[to + p]];
      for (let c = 0; c < C; c++) f[t + c] = (flags & ADD ? f[t + c] : 0) + f[s + c];
    }
  }

  function sum(x, at, P, C, s) {
    for (let c = 0; c < C; c++) {
      let total = f[s + c];
      for (let p = 0; p < P; p++) total = round(total + f[x + i32[at + p] + c]);
      f[s + c] = total;
    }
  }

  function pool(x, at, n, area, C, y) {
    const share = round(1 / area);
    for (let k = 0; k < n; k++, at += area, y += C) {
      for (let c = 0; c < C; c++) {
        let total = 0;
        for (let p = 0; p < area; p++) total = round(total + f[x + i32[at + p] + c]);
        f[y + c] = total * share;
      }
    }
  }

  function pool_back(dy, at, n, area, C, dx) {
    const share = round(1 / area);
    for (let k = 0; k < n; k++, at += area, dy += C) {
      for (let c = 0; c < C; c++) for (let p = 0; p < area; p++) f[dx + i32[at + p] + c] = f[dy + c] * share;
    }
  }

  function softmax(z, n, K, C, label, p) {
    let loss = 0;
    for (let k = 0; k < n; k++, z += C, p += C) {
      let [top, total] = [f[z], 0];
      for (let c = 1; c < K; c++) if (f[z + c] > top) top = f[z + c];
      for (let c = 0; c < K; c++) {
        const e = exponential(f[z + c] - top);
        f[p + c] = e;
        total = total + e;
      }
      for (let c = 0; c < K; c++) f[p + c] = f[p + c] / total;
      if (label) loss = loss + (logarithm(total) - (f[z + i32[label + k]] - top));
    }
    return loss / n;
  }

  function softmax_back(p, label, n, K, C, d) {
    for (let k = 0; k < n; k++, p += C, d += C) {
      for (let c = 0; c < K; c++) f[d + c] = round(f[p + c] - (c === i32[label + k] ? 1 : 0)) / n;
    }
  }

  function finite(x, N) {
    for (let i = 0; i < N; i++) if (!Number.isFinite(f[x + i])) return NaN;
    return 0;
  }

  function momentum(w, g, v, N, rate, keep, decay) {
    [rate, keep, decay] = [round(rate), round(keep), round(decay)];
    for (let i = 0; i < N; i++) {
      const pull = round(f[g + i] + round(decay * f[w + i]));
      f[v + i] = round(keep * f[v + i]) + pull;
      f[w + i] = f[w + i] - round(rate * f[v + i]);
    }
  }

  function adam(w, g, m, v, N, rate, scale, b1, b2, epsilon) {
    [rate, scale, b1, b2, epsilon] = [rate, scale, b1, b2, epsilon].map(round);
    const [rest1, rest2] = [round(1 - b1), round(1 - b2)];
    for (let i = 0; i < N; i++) {
      const d = f[g + i];
      f[m + i] = round(b1 * f[m + i]) + round(rest1 * d);
      f[v + i] = round(b2 * f[v + i]) + round(rest2 * round(d * d));
      const change = round(f[m + i] / round(round(scale * round(Math.sqrt(f[v + i]))) + epsilon));
      f[w + i] = f[w + i] - round(rate * change);
    }
  }

  return {
    memory,
    conv: over([0, 1, 3, 5, 6, 8, 9], conv),
    conv_dw: over([0, 1, 3, 5, 6, 8], conv_dw),
    transpose: over([0, 6], transpose),
    norm: over([0, 1, 4, 5, 7, 8, 9], norm),
    norm_back: over([0, 1, 2, 5, 6, 7, 8, 9, 10], norm_back),
    join: over([0, 2, 5], join),
    relu_back: over([0, 1], relu_back),
    move: over([0, 1, 2, 3], move),
    sum: over([0, 1, 4], sum),
    pool: over([0, 1, 5], pool),
    pool_back: over([0, 1, 5], pool_back),
    softmax: over([0, 4, 5], softmax),
    softmax_back: over([0, 1, 5], softmax_back),
    finite: over([0], finite),
    momentum: over([0, 1, 2], momentum),
    adam: over([0, 1, 2, 3], adam),
  };
}
