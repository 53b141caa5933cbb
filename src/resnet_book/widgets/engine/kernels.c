// The arithmetic of the engine, for WebAssembly with 128-bit SIMD; plain.mjs is the same in JavaScript, to the last bit.
//
// A map lies in memory as [position][channel], a position's channels padded with zeros to a multiple of 4. Which positions
// a kernel visits is a list of offsets (`at`, `in`, `out`: P integers, counted in floats), so one convolution serves for
// 3x3 and 1x1, any stride, pictures and points: `window` holds the R offsets, taps x channels, that one output reads.
// Weights lie as [outputs / V][R][V] with V = 8 where it divides the (padded) outputs C, else 4.
//
// Every sum runs in one fixed order and nothing is fused or reassociated, so a run is the same on every machine.
#include <wasm_simd128.h>

#define KERNEL(type, name) __attribute__((export_name(#name))) type name
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")  // a tile's sums stay in registers; other loops stay small

typedef v128_t f4;
enum { TILE = 4, ADD = 1, CLIP = 2 };  // flags: add to what is there; ReLU on the way out

INLINE f4 load(const float *p) { return wasm_v128_load(p); }
INLINE void store(float *p, f4 value) { wasm_v128_store(p, value); }
INLINE f4 each(float value) { return wasm_f32x4_splat(value); }
INLINE f4 add(f4 a, f4 b) { return wasm_f32x4_add(a, b); }
INLINE f4 sub(f4 a, f4 b) { return wasm_f32x4_sub(a, b); }
INLINE f4 mul(f4 a, f4 b) { return wasm_f32x4_mul(a, b); }
INLINE f4 clip(f4 x) { return wasm_f32x4_pmax(x, each(0)); }  // x < 0 ? 0 : x, so that NaN stays NaN

// y[out[p]][c] = bias[c] + sum_r x[in[p] + window[r]] w[r][c], for a tile of positions and V = 4 G outputs at a time
INLINE void conv_outputs(const int G, const float *x, const int *in, int P, const int *window, int R, const float *w,
                         const float *bias, float *y, const int *out, int flags) {
  for (int p = 0; p < P; p += TILE) {
    int n = P - p < TILE ? P - p : TILE;
    const float *from[TILE];
    float *to[TILE];
    f4 sum[TILE][2];
    UNROLL for (int j = 0; j < TILE; j++) {
      int q = p + (j < n ? j : 0);
      from[j] = x + in[q];
      to[j] = y + out[q];
      UNROLL for (int g = 0; g < G; g++) sum[j][g] = flags & ADD ? load(to[j] + 4 * g) : bias ? load(bias + 4 * g) : each(0);
    }
    const float *k = w;
    for (int r = 0; r < R; r++, k += 4 * G) {
      f4 weight[2];
      UNROLL for (int g = 0; g < G; g++) weight[g] = load(k + 4 * g);
      UNROLL for (int j = 0; j < TILE; j++) {
        f4 value = wasm_v128_load32_splat(from[j] + window[r]);
        UNROLL for (int g = 0; g < G; g++) sum[j][g] = add(sum[j][g], mul(value, weight[g]));
      }
    }
    UNROLL for (int j = 0; j < n; j++)
      UNROLL for (int g = 0; g < G; g++) store(to[j] + 4 * g, flags & CLIP ? clip(sum[j][g]) : sum[j][g]);
  }
}

KERNEL(void, conv)(const float *x, const int *in, int P, const int *window, int R, const float *w, const float *bias,
                   int C, float *y, const int *out, int flags) {
  int V = C % 8 ? 4 : 8;
  for (int c = 0; c < C; c += V, w += R * V) {
    if (V == 8) conv_outputs(2, x, in, P, window, R, w, bias ? bias + c : 0, y + c, out, flags);
    else conv_outputs(1, x, in, P, window, R, w, bias ? bias + c : 0, y + c, out, flags);
  }
}

// dw[r][c] += sum_p x[in[p] + window[r]] dy[out[p]][c], four rows of weights at a time
INLINE void conv_weights(const int G, const float *x, const int *in, int P, const int *window, int R, const float *dy,
                         const int *out, float *dw) {
  for (int r = 0; r < R; r += TILE, dw += TILE * 4 * G) {
    int n = R - r < TILE ? R - r : TILE;
    const float *from[TILE];
    f4 sum[TILE][2];
    UNROLL for (int j = 0; j < TILE; j++) {
      from[j] = x + window[r + (j < n ? j : 0)];
      UNROLL for (int g = 0; g < G; g++) sum[j][g] = j < n ? load(dw + 4 * (j * G + g)) : each(0);
    }
    for (int p = 0; p < P; p++) {
      f4 gradient[2];
      UNROLL for (int g = 0; g < G; g++) gradient[g] = load(dy + out[p] + 4 * g);
      UNROLL for (int j = 0; j < TILE; j++) {
        f4 value = wasm_v128_load32_splat(from[j] + in[p]);
        UNROLL for (int g = 0; g < G; g++) sum[j][g] = add(sum[j][g], mul(value, gradient[g]));
      }
    }
    UNROLL for (int j = 0; j < n; j++)
      UNROLL for (int g = 0; g < G; g++) store(dw + 4 * (j * G + g), sum[j][g]);
  }
}

KERNEL(void, conv_dw)(const float *x, const int *in, int P, const int *window, int R, const float *dy, const int *out,
                      int C, float *dw) {
  enum { PART = 512 };  // positions that stay in the cache; the sum's order is the same
  int V = C % 8 ? 4 : 8;
  for (int p = 0; p < P; p += PART) {
    int n = P - p < PART ? P - p : PART;
    for (int c = 0; c < C; c += V) {
      if (V == 8) conv_weights(2, x, in + p, n, window, R, dy + c, out + p, dw + c * R);
      else conv_weights(1, x, in + p, n, window, R, dy + c, out + p, dw + c * R);
    }
  }
}

// The weights of the convolution that carries a gradient back: taps reversed, inputs A and outputs C exchanged
KERNEL(void, transpose)(const float *w, int taps, int A, int inputs, int C, int outputs, float *to) {
  int V = C % 8 ? 4 : 8, U = A % 8 ? 4 : 8, R = taps * inputs, S = taps * outputs;
  for (int a = 0; a < A; a++)  // A and C are padded, inputs and outputs are those that count
    for (int t = 0; t < taps; t++)
      for (int c = 0; c < outputs; c++)
        to[a / U * U * S + ((taps - 1 - t) * outputs + c) * U + a % U] =
            a < inputs ? w[c / V * V * R + (t * inputs + a) * V + c % V] : 0;
}

// Batch normalization in training: y = gamma (x - mean) inverse + beta, with mean and inverse = 1 / sqrt(variance + epsilon)
// over the P positions; both are left for the way back
KERNEL(void, norm)(const float *x, const int *at, int P, int C, const float *gamma, const float *beta, float epsilon,
                   float *mean, float *inverse, float *y, int flags) {
  f4 share = each(1.0f / P);
  for (int c = 0; c < C; c += 4) {
    f4 m = each(0), v = each(0);
    for (int p = 0; p < P; p++) m = add(m, load(x + at[p] + c));
    m = mul(m, share);
    for (int p = 0; p < P; p++) {
      f4 d = sub(load(x + at[p] + c), m);
      v = add(v, mul(d, d));
    }
    v = wasm_f32x4_div(each(1), wasm_f32x4_sqrt(add(mul(v, share), each(epsilon))));
    store(mean + c, m);
    store(inverse + c, v);
    f4 scale = mul(v, load(gamma + c)), shift = load(beta + c);
    for (int p = 0; p < P; p++) {
      f4 value = add(mul(sub(load(x + at[p] + c), m), scale), shift);
      store(y + at[p] + c, flags & CLIP ? clip(value) : value);
    }
  }
}

// dx = gamma inverse (dy - mean(dy) - xhat mean(dy xhat)), xhat = (x - mean) inverse; dx may be dy
KERNEL(void, norm_back)(const float *x, const float *dy, const int *at, int P, int C, const float *gamma, const float *mean,
                        const float *inverse, float *dgamma, float *dbeta, float *dx) {
  f4 share = each(1.0f / P);
  for (int c = 0; c < C; c += 4) {
    f4 m = load(mean + c), inv = load(inverse + c), plain = each(0), along = each(0);
    for (int p = 0; p < P; p++) {
      f4 d = load(dy + at[p] + c);
      plain = add(plain, d);
      along = add(along, mul(d, mul(sub(load(x + at[p] + c), m), inv)));
    }
    store(dbeta + c, add(load(dbeta + c), plain));
    store(dgamma + c, add(load(dgamma + c), along));
    f4 scale = mul(load(gamma + c), inv);
    plain = mul(plain, share), along = mul(mul(along, share), inv);
    for (int p = 0; p < P; p++) {
      f4 d = sub(sub(load(dy + at[p] + c), plain), mul(sub(load(x + at[p] + c), m), along));
      store(dx + at[p] + c, mul(scale, d));
    }
  }
}

// Over N floats, a multiple of 4: y = a x + b f, where the skip (x) and the branch (f) meet
KERNEL(void, join)(const float *x, float a, const float *f, float b, int N, float *y, int flags) {
  for (int i = 0; i < N; i += 4) {
    f4 value = add(mul(each(a), load(x + i)), mul(each(b), load(f + i)));
    store(y + i, flags & CLIP ? clip(value) : value);
  }
}

// d = 0 where the ReLU's output y is 0
KERNEL(void, relu_back)(const float *y, float *d, int N) {
  for (int i = 0; i < N; i += 4) store(d + i, wasm_v128_and(load(d + i), wasm_f32x4_gt(load(y + i), each(0))));
}

// y[to[p]][c] = x[from[p]][c], or added with ADD, for the C channels that count: option A's way, there and back
KERNEL(void, move)(const float *x, const int *from, float *y, const int *to, int P, int C, int flags) {
  for (int p = 0; p < P; p++)
    for (int c = 0; c < C; c++) y[to[p] + c] = (flags & ADD ? y[to[p] + c] : 0) + x[from[p] + c];
}

// s[c] += sum_p x[at[p]][c]: the gradient of a bias
KERNEL(void, sum)(const float *x, const int *at, int P, int C, float *s) {
  for (int c = 0; c < C; c += 4) {
    f4 total = load(s + c);
    for (int p = 0; p < P; p++) total = add(total, load(x + at[p] + c));
    store(s + c, total);
  }
}

// y[k] = the mean over the `area` positions of picture k
KERNEL(void, pool)(const float *x, const int *at, int n, int area, int C, float *y) {
  for (int k = 0; k < n; k++, at += area, y += C)
    for (int c = 0; c < C; c += 4) {
      f4 total = each(0);
      for (int p = 0; p < area; p++) total = add(total, load(x + at[p] + c));
      store(y + c, mul(total, each(1.0f / area)));
    }
}

KERNEL(void, pool_back)(const float *dy, const int *at, int n, int area, int C, float *dx) {
  for (int k = 0; k < n; k++, at += area, dy += C)
    for (int c = 0; c < C; c += 4)
      for (int p = 0; p < area; p++) store(dx + at[p] + c, mul(load(dy + c), each(1.0f / area)));
}

#define LN2 0.6931471805599453

// e^x for x <= 0: x = k ln 2 + r with |r| <= ln 2 / 2, and Taylor's series of e^r
static double exponential(double x) {
  if (x < -700) return 0;
  double k = __builtin_floor(x / LN2 + 0.5), r = x - k * LN2, term = 1, total = 1;
  for (int i = 1; i < 11; i++) term = term * r / i, total = total + term;
  if (k != k) return k;
  union { long long bits; double value; } power = {.bits = ((long long)k + 1023) << 52};
  return total * power.value;
}

// ln x for x >= 1: x = 2^k m with m <= 3/2, and ln m = 2 artanh((m - 1) / (m + 1))
static double logarithm(double x) {
  double k = 0;
  for (; x > 1.5; x = x / 2) k = k + 1;
  double s = (x - 1) / (x + 1), power = s, total = 0;
  for (int i = 1; i < 24; i += 2) total = total + power / i, power = power * s * s;
  return 2 * total + k * LN2;
}

// p = softmax(z) over the first K of C logits; returns the mean cross-entropy with the labels (0 without them)
KERNEL(double, softmax)(const float *z, int n, int K, int C, const int *label, float *p) {
  double loss = 0;
  for (int k = 0; k < n; k++, z += C, p += C) {
    double top = z[0], total = 0;
    for (int c = 1; c < K; c++) if (z[c] > top) top = z[c];
    for (int c = 0; c < K; c++) {
      double e = exponential(z[c] - top);
      p[c] = (float)e;
      total = total + e;
    }
    for (int c = 0; c < K; c++) p[c] = (float)(p[c] / total);
    if (label) loss = loss + (logarithm(total) - (z[label[k]] - top));
  }
  return loss / n;
}

// The gradient of that mean: (p - one where the label is) / n
KERNEL(void, softmax_back)(const float *p, const int *label, int n, int K, int C, float *d) {
  for (int k = 0; k < n; k++, p += C, d += C)
    for (int c = 0; c < K; c++) d[c] = (p[c] - (c == label[k] ? 1.0f : 0.0f)) / (float)n;
}

// 0 if all N floats are finite, else NaN
KERNEL(float, finite)(const float *x, int N) {
  f4 total = each(0);
  for (int i = 0; i < N; i += 4) total = add(total, mul(load(x + i), each(0)));
  return wasm_f32x4_extract_lane(total, 0) + wasm_f32x4_extract_lane(total, 1) +
         (wasm_f32x4_extract_lane(total, 2) + wasm_f32x4_extract_lane(total, 3));
}

// SGD with momentum: v = keep v + g + decay w; w = w - rate v
KERNEL(void, momentum)(float *w, const float *g, float *v, int N, float rate, float keep, float decay) {
  for (int i = 0; i < N; i += 4) {
    f4 weight = load(w + i);
    f4 velocity = add(mul(each(keep), load(v + i)), add(load(g + i), mul(each(decay), weight)));
    store(v + i, velocity);
    store(w + i, sub(weight, mul(each(rate), velocity)));
  }
}

// Adam: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w - rate m / (scale sqrt(v) + epsilon), where rate and scale
// carry the corrections of the first steps
KERNEL(void, adam)(float *w, const float *g, float *m, float *v, int N, float rate, float scale, float b1, float b2,
                   float epsilon) {
  f4 rest1 = each(1 - b1), rest2 = each(1 - b2);
  for (int i = 0; i < N; i += 4) {
    f4 d = load(g + i);
    f4 first = add(mul(each(b1), load(m + i)), mul(rest1, d));
    f4 second = add(mul(each(b2), load(v + i)), mul(rest2, mul(d, d)));
    store(m + i, first);
    store(v + i, second);
    f4 change = wasm_f32x4_div(first, add(mul(each(scale), wasm_f32x4_sqrt(second)), each(epsilon)));
    store(w + i, sub(load(w + i), mul(each(rate), change)));
  }
}
