// Sparse convolutions of spikes: they skip silent inputs, so their work is proportional to the firing rate.
//
// The input [B, D, H, W, C] contains zeros and ones, without gaps; D is 1 for two spatial axes. Sums have the type A (float or
// double), values in memory A or bfloat16. A `Vector` holds output channels. The forward pass lists the firing channels of each
// position and adds the rows of the weights that the lists select. The weights' gradient stores the firing positions of each
// channel in a line as bits, and adds the rows of the gradient that the bits select. Both tell if there is another value than
// zeros and ones, and compute nothing then.

#include <algorithm>
#include <vector>

#include <omp.h>

#include "rows.h"

namespace {

constexpr int64_t NEAR = 40 << 10;  // bytes of weights that are processed together
constexpr int64_t TOGETHER = 64;    // positions for which they are processed
constexpr int64_t ADDED = 64;       // so many times as many are added before their sum is: one long sum is rounded more

constexpr int REGISTERS = WIDTH == 64 ? 27 : 12;  // vector registers for sums; the others hold the summands

struct Geometry {
  int64_t threads, batch, depth, height, width, in, out, window, deep, stride, low;
  static Geometry read(Arguments& a) {
    Geometry g;
    for (int64_t* n : {&g.threads, &g.batch, &g.depth, &g.height, &g.width, &g.in, &g.out, &g.window, &g.deep, &g.stride, &g.low})
      *n = a.number();
    return g;
  }
  int64_t shrunk(int64_t n) const { return (n + stride - 1) / stride; }
  int64_t out_depth() const { return deep > 1 ? shrunk(depth) : depth; }
  int64_t out_height() const { return shrunk(height); }
  int64_t out_width() const { return shrunk(width); }
  int64_t lines() const { return batch * depth * height; }
  int64_t out_lines() const { return batch * out_depth() * out_height(); }
  int64_t taps() const { return deep * window * window; }
  // The input line for tap (kd, ky) of an output line; -1 outside the image.
  int64_t line(int64_t out_line, int64_t kd, int64_t ky) const {
    const int64_t y = out_line % out_height(), z = out_line / out_height() % out_depth(), b = out_line / out_height() / out_depth();
    const int64_t iy = y * stride + ky - window / 2, iz = deep > 1 ? z * stride + kd - deep / 2 : z;
    return iy < 0 || iy >= height || iz < 0 || iz >= depth ? -1 : (b * depth + iz) * height + iy;
  }
};

template <class A> inline bool fires(const void* x, int64_t low, int64_t at) {
  return low ? static_cast<const uint16_t*>(x)[at] != 0 : static_cast<const A*>(x)[at] != 0;
}

// Lists the indexes below n of nonzero values and returns their count; sets `others` if one isn't 1. May write up to 16 bytes
// beyond the last.
template <class T> inline int listed(const T* x, int n, uint8_t* list, bool& others) {
  int count = 0, j = 0;
  const T one = sizeof(T) == 2 ? T(0x3f80) : T(1);
#ifdef __AVX512F__
  __m512i number = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (; sizeof(T) < 8 && j + 16 <= n; j += 16, number = _mm512_add_epi32(number, _mm512_set1_epi32(16))) {
    const __m512i values = sizeof(T) == 2 ? _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + j)))
                                          : _mm512_loadu_si512(x + j);
    const __mmask16 mask = _mm512_test_epi32_mask(values, _mm512_set1_epi32(sizeof(T) == 2 ? 0x7fff : 0x7fffffff));
    others |= _mm512_mask_cmpneq_epi32_mask(mask, values, _mm512_set1_epi32(sizeof(T) == 2 ? 0x3f80 : 0x3f800000)) != 0;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(list + count), _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(mask, number)));
    count += __builtin_popcount(mask);
  }
#endif
  for (; j < n; ++j) {
    list[count] = uint8_t(j);
    const bool fires = sizeof(T) == 2 ? (int(x[j]) & 0x7fff) != 0 : x[j] != 0;
    count += fires;
    others |= fires && x[j] != one;
  }
  return count;
}
template <class A> inline int listed(const void* x, int64_t low, int64_t at, int n, uint8_t* list, bool& others) {
  return low ? listed(static_cast<const uint16_t*>(x) + at, n, list, others) : listed(static_cast<const A*>(x) + at, n, list, others);
}

// Combines the threads' `others`; all threads of a team must come here.
inline bool any(bool others, int64_t* found) {
  if (others) {
#pragma omp atomic write
    *found = 1;
  }
#pragma omp barrier
  return *found != 0;
}

// Counts the nonzero values of some rows: one in each of so many equal parts, at the places of multiples of the golden ratio less
// their whole part, which come near to all places of a map alike, whatever its size.
template <class A> void density(Arguments a) {
  const int64_t threads = a.number(), rows = a.number(), channels = a.number(), parts = a.number(), low = a.number();
  const void* x = a.address<const void>();
  int64_t* found = a.address<int64_t>();
  int64_t firing = 0;
#pragma omp parallel for num_threads(int(threads)) schedule(static) reduction(+ : firing)
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t begin = part * rows / parts, length = (part + 1) * rows / parts - begin;
    const uint64_t place = uint64_t(part) * 0x9E3779B97F4A7C15u >> 32;  // of 2^32
    const int64_t row = begin + int64_t(place * uint64_t(length) >> 32);
    for (int64_t c = 0; c < channels; ++c) firing += fires<A>(x, low, row * channels + c);
  }
  *found = firing;
}

template <int NB, class A> inline void gathered(Vector<A>* sum, const uint8_t* list, int count, const Vector<A>* rows) {
  typename Vector<A>::Lanes total[NB];
#pragma GCC unroll 16
  for (int j = 0; j < NB; ++j) total[j] = sum[j].v;
  for (int i = 0; i < count; ++i) {
    const Vector<A>* row = rows + int64_t(list[i]) * NB;
#pragma GCC unroll 16
    for (int j = 0; j < NB; ++j) total[j] += row[j].v;
  }
#pragma GCC unroll 16
  for (int j = 0; j < NB; ++j) sum[j].v = total[j];
}

template <int NB, class A> void convolve(const Geometry& g, const void* x, const A* weight, const A* bias, void* y, int64_t* found) {
  using V = Vector<A>;
  constexpr int64_t L = V::LANES, span = NB * L;
  const int64_t blocks = (g.out + span - 1) / span, taps = g.taps();
  const int64_t most = std::min<int64_t>({256, std::max<int64_t>(16, NEAR / (NB * WIDTH)), g.in}), parts = (g.in + most - 1) / most;
  const int64_t slot = parts * (most + 16), positions = g.lines() * g.width;
  const Buffer<V> rows(blocks * taps * g.in * NB);
  const Buffer<uint8_t> lists(positions * slot);
  const Buffer<uint16_t> counts(positions * parts);
  const int64_t ow = g.out_width(), out_lines = g.out_lines();
#pragma omp parallel num_threads(int(g.threads))
  {
    // Rearranges the weights from [O, taps, C] to [blocks, taps, C, NB], padded with zeros.
#pragma omp for schedule(static) collapse(2) nowait
    for (int64_t block = 0; block < blocks; ++block)
      for (int64_t tap = 0; tap < taps; ++tap)
        for (int64_t c = 0; c < g.in; c += 16)
          for (int64_t o = 0; o < std::min(span, g.out - block * span); ++o) {
            const A* from = weight + ((block * span + o) * taps + tap) * g.in;
            A* to = reinterpret_cast<A*>(rows.data + (block * taps + tap) * g.in * NB);
            for (int64_t k = c; k < std::min(g.in, c + 16); ++k) to[k * span + o] = from[k];
          }
    if (const int64_t end = g.out - (blocks - 1) * span; end < span) {
#pragma omp for schedule(static) nowait
      for (int64_t row = (blocks - 1) * taps * g.in; row < blocks * taps * g.in; ++row)
        std::fill_n(reinterpret_cast<A*>(rows.data + row * NB) + end, span - end, A(0));
    }
    bool others = false;
#pragma omp for schedule(static) nowait
    for (int64_t p = 0; p < positions; ++p)
      for (int64_t q = 0; q < parts; ++q)
        counts.data[p * parts + q] = uint16_t(listed<A>(x, g.low, p * g.in + q * most, int(std::min(most, g.in - q * most)),
                                                   lists.data + p * slot + q * (most + 16), others));
    // Several lines are processed together, so that enough positions use the rows while they are cached.
    const int64_t tile = std::max<int64_t>(1, TOGETHER / ow), tiles = any(others, found) ? 0 : (out_lines + tile - 1) / tile;
    std::vector<V> sums(tile * ow * NB);
#pragma omp for schedule(dynamic, 1)
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t first = i * tile, many = std::min(tile, out_lines - first);
      for (int64_t block = 0; block < blocks; ++block) {
        for (int64_t k = 0; k < many * ow * NB; ++k)
          for (int64_t l = 0; l < L; ++l) {
            const int64_t o = block * span + k % NB * L + l;
            sums[k].v[l] = bias && o < g.out ? bias[o] : A(0);
          }
        for (int64_t tap = 0; tap < taps; ++tap) {
          const int64_t shift = tap % g.window - g.window / 2, ky = tap / g.window % g.window, kd = tap / g.window / g.window;
          for (int64_t q = 0; q < parts; ++q) {
            const V* near = rows.data + ((block * taps + tap) * g.in + q * most) * NB;
            for (int64_t line = 0; line < many; ++line) {
              const int64_t from = g.line(first + line, kd, ky);
              for (int64_t px = 0; from >= 0 && px < ow; ++px) {
                const int64_t at = px * g.stride + shift;
                if (at < 0 || at >= g.width) continue;
                const int64_t p = from * g.width + at;
                gathered<NB, A>(sums.data() + (line * ow + px) * NB, lists.data + p * slot + q * (most + 16),
                                counts.data[p * parts + q], near);
              }
            }
          }
        }
        const int64_t n = std::min(span, g.out - block * span);
        for (int64_t px = 0; px < many * ow; ++px) {
          const A* values = reinterpret_cast<const A*>(sums.data() + px * NB);
          const int64_t at = (first * ow + px) * g.out + block * span;
          if (g.low) for (int64_t o = 0; o < n; ++o) static_cast<uint16_t*>(y)[at + o] = rounded(float(values[o]));
          else std::memcpy(static_cast<A*>(y) + at, values, n * sizeof(A));
        }
      }
    }
  }
}

template <int NB, class A>
void convolve_of(int64_t wanted, const Geometry& g, const void* x, const A* weight, const A* bias, void* y, int64_t* found) {
  if constexpr (NB > 0) {
    if (wanted == NB) return convolve<NB, A>(g, x, weight, bias, y, found);
    convolve_of<NB - 1, A>(wanted, g, x, weight, bias, y, found);
  }
}

template <class A> void convolve_any(Arguments a) {
  constexpr int64_t most = 9, L = Vector<A>::LANES;
  const Geometry g = Geometry::read(a);
  const void* x = a.address<const void>();
  const A *weight = a.address<const A>(), *bias = a.address<const A>();
  void* y = a.address<void>();
  int64_t* found = a.address<int64_t>();
  const int64_t vectors = (g.out + L - 1) / L, blocks = blocks_of(g.out, L, most);
  convolve_of<most, A>((vectors + blocks - 1) / blocks, g, x, weight, bias, y, found);
}

// The positions at which a channel fires in a line, as bits; separate for each remainder modulo the stride.
struct Fired {
  int64_t words, stride;
  std::vector<uint64_t> bits;  // [lines, C, stride, words]
};

template <class A> Fired fired(const Geometry& g, const void* x, int64_t* found) {
  Fired f;
  f.stride = g.stride;
  f.words = (g.shrunk(g.width) + 63) / 64;
  f.bits.assign(g.lines() * g.in * g.stride * f.words, 0);
#pragma omp parallel num_threads(int(g.threads))
  {
    std::vector<uint8_t> list(256 + 16);
    bool others = false;
#pragma omp for schedule(static) nowait
    for (int64_t line = 0; line < g.lines(); ++line)
      for (int64_t px = 0; px < g.width; ++px)
        for (int64_t c = 0; c < g.in; c += 256) {
          const int64_t slow = px / g.stride;
          const int64_t at = (line * g.width + px) * g.in + c;
          const int count = listed<A>(x, g.low, at, int(std::min<int64_t>(256, g.in - c)), list.data(), others);
          uint64_t* to = f.bits.data() + ((line * g.in + c) * g.stride + px % g.stride) * f.words + slow / 64;
          for (int i = 0; i < count; ++i) to[list[i] * g.stride * f.words] |= uint64_t(1) << (slow % 64);
        }
    any(others, found);
  }
  return f;
}

// Adds the gradient of some lines to a channel's rows: K taps along the line, NB vectors each. Bits are null outside the image.
template <int K, int S, int NB, class A>
inline void correlated(Vector<A>* rows, const uint64_t* const* lines, int64_t many, int64_t words, const Vector<A>* grad, int64_t pitch) {
  constexpr int pad = K / 2;
#pragma GCC unroll 4
  for (int rest = 0; rest < S; ++rest) {
    typename Vector<A>::Lanes total[K][NB];
#pragma GCC unroll 8
    for (int kx = 0; kx < K; ++kx)
#pragma GCC unroll 16
      for (int j = 0; j < NB; ++j) if ((rest + pad - kx) % S == 0) total[kx][j] = rows[kx * NB + j].v;
    for (int64_t line = 0; line < many; ++line) {
      if (!lines[line]) continue;
      for (int64_t w = 0; w < words; ++w)
        for (uint64_t left = lines[line][rest * words + w]; left; left &= left - 1) {
          // Tap kx maps position e S + rest to output e + (rest + pad - kx) / S; `grad` starts with `pad` zeros.
          const Vector<A>* at = grad + line * pitch + (w * 64 + __builtin_ctzll(left)) * NB;
#pragma GCC unroll 8
          for (int kx = 0; kx < K; ++kx)
#pragma GCC unroll 16
            for (int j = 0; j < NB; ++j)
              if ((rest + pad - kx) % S == 0) total[kx][j] += at[(pad + (rest + pad - kx) / S) * NB + j].v;
        }
    }
#pragma GCC unroll 8
    for (int kx = 0; kx < K; ++kx)
#pragma GCC unroll 16
      for (int j = 0; j < NB; ++j) if ((rest + pad - kx) % S == 0) rows[kx * NB + j].v = total[kx][j];
  }
}

template <int K, int S, int NB, class A> void correlate(const Geometry& g, const void* x, const void* grad, A* weight, int64_t* found) {
  using V = Vector<A>;
  constexpr int64_t L = V::LANES, span = NB * L, pad = K / 2;
  const Fired f = fired<A>(g, x, found);
  if (*found) return;
  const int64_t blocks = (g.out + span - 1) / span, taps = g.taps();
  // As many channels as fit into the cache, and a number of parts that balances the threads.
  const int64_t fit = std::max<int64_t>(8, NEAR * 3 / 2 / (taps * NB * WIDTH) / 8 * 8);
  int64_t parts = (g.in + fit - 1) / fit;
  while (parts < g.in && blocks * parts % g.threads) ++parts;
  const int64_t some = (g.in + parts - 1) / parts;
  parts = (g.in + some - 1) / some;
  const int64_t ow = g.out_width(), out_lines = g.out_lines();
  const int64_t tile = std::max<int64_t>(1, TOGETHER / ow), pitch = (ow + 2 * pad) * NB;
#pragma omp parallel num_threads(int(g.threads))
  {
    std::vector<V> totals(taps * some * NB), sums(totals.size()), near(tile * pitch);
    std::vector<const uint64_t*> lines(tile);
    std::vector<int64_t> from(tile);
#pragma omp for schedule(dynamic, 1) collapse(2)
    for (int64_t block = 0; block < blocks; ++block)
      for (int64_t part = 0; part < parts; ++part) {
        const int64_t first = part * some, n = std::min(some, g.in - first), wide = std::min(span, g.out - block * span);
        for (auto* each : {&totals, &sums}) std::memset(static_cast<void*>(each->data()), 0, each->size() * sizeof(V));
        std::memset(static_cast<void*>(near.data()), 0, near.size() * sizeof(V));
        for (int64_t start = 0; start < out_lines; start += tile) {
          const int64_t many = std::min(tile, out_lines - start);
          for (int64_t i = 0; i < many * ow; ++i) {
            A* to = reinterpret_cast<A*>(near.data() + i / ow * pitch + (pad + i % ow) * NB);
            const int64_t at = (start * ow + i) * g.out + block * span;
            if (g.low) for (int64_t o = 0; o < wide; ++o) to[o] = widened(static_cast<const uint16_t*>(grad)[at + o]);
            else std::memcpy(to, static_cast<const A*>(grad) + at, wide * sizeof(A));
          }
          for (int64_t kd = 0; kd < g.deep; ++kd)
            for (int64_t ky = 0; ky < K; ++ky) {
              for (int64_t i = 0; i < many; ++i) from[i] = g.line(start + i, kd, ky);
              for (int64_t c = 0; c < n; ++c) {
                for (int64_t i = 0; i < many; ++i)
                  lines[i] = from[i] < 0 ? nullptr : f.bits.data() + (from[i] * g.in + first + c) * S * f.words;
                correlated<K, S, NB, A>(sums.data() + (c * g.deep * K + kd * K + ky) * K * NB, lines.data(), many, f.words,
                                        near.data(), pitch);
              }
            }
          if (start / tile % ADDED == ADDED - 1 || start + tile >= out_lines)
            for (size_t k = 0; k < sums.size(); ++k) totals[k].v += sums[k].v, sums[k].v = typename V::Lanes{};
        }
        // From [C, taps, NB] to [O, taps, C].
        for (int64_t o = 0; o < wide; ++o)
          for (int64_t tap = 0; tap < taps; ++tap)
            for (int64_t c = 0; c < n; ++c)
              weight[((block * span + o) * taps + tap) * g.in + first + c] =
                  reinterpret_cast<const A*>(totals.data() + (c * taps + tap) * NB)[o];
      }
  }
}

template <int K, int S, int NB, class A>
void correlate_of(int64_t wanted, const Geometry& g, const void* x, const void* grad, A* weight, int64_t* found) {
  if constexpr (NB > 0) {
    if (wanted == NB) return correlate<K, S, NB, A>(g, x, grad, weight, found);
    correlate_of<K, S, NB - 1, A>(wanted, g, x, grad, weight, found);
  }
}

template <int K, int S, class A> void correlate_with(const Geometry& g, const void* x, const void* grad, A* weight, int64_t* found) {
  constexpr int64_t most = REGISTERS / K, L = Vector<A>::LANES;
  const int64_t vectors = (g.out + L - 1) / L, blocks = blocks_of(g.out, L, most);
  correlate_of<K, S, most, A>((vectors + blocks - 1) / blocks, g, x, grad, weight, found);
}

template <class A> void correlate_any(Arguments a) {
  const Geometry g = Geometry::read(a);
  const void *x = a.address<const void>(), *grad = a.address<const void>();
  A* weight = a.address<A>();
  int64_t* found = a.address<int64_t>();
  if (g.window == 3)
    return g.stride == 1 ? correlate_with<3, 1, A>(g, x, grad, weight, found) : correlate_with<3, 2, A>(g, x, grad, weight, found);
  g.stride == 1 ? correlate_with<5, 1, A>(g, x, grad, weight, found) : correlate_with<5, 2, A>(g, x, grad, weight, found);
}

}  // namespace

extern "C" {
void density_f32(const int64_t* a) { density<float>({a}); }
void density_f64(const int64_t* a) { density<double>({a}); }
void convolve_f32(const int64_t* a) { convolve_any<float>({a}); }
void convolve_f64(const int64_t* a) { convolve_any<double>({a}); }
void correlate_f32(const int64_t* a) { correlate_any<float>({a}); }
void correlate_f64(const int64_t* a) { correlate_any<double>({a}); }
}
