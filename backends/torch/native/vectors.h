// Tensors as rows of channels, a block of numbers in vector registers at a time.
//
// A tensor [T, N, C, *size] is stored with channels last: T * M rows (M pixels of all samples) of C numbers. If rows have no
// gaps between them, several are processed as one, so that few channels also fill the vector registers; the channels'
// parameters are repeated to that length. Sums have the type A (float or double), stored values A or bfloat16.

#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include <omp.h>

#include "rows.h"

namespace {

constexpr int LANES = WIDTH;  // numbers that are processed together: four vectors of float, of which registers hold several
constexpr int CHUNK = 128;  // groups that are summed in A before the sum is added to a double
constexpr int FEW = 8;      // groups that are processed block by block of their lanes
constexpr int AHEAD = 64;   // numbers to prefetch ahead: the hardware can't follow so many streams, whose steps, often a multiple
                            // of the caches' size apart, would soon push each other out

// `LANES` numbers of A in vector registers.
template <class A> struct Block {
  static constexpr int EACH = WIDTH / sizeof(A), N = LANES / EACH;
  using Int = std::conditional_t<sizeof(A) == 4, int32_t, int64_t>;
  typedef A Vector __attribute__((vector_size(WIDTH)));
  typedef Int Integers __attribute__((vector_size(WIDTH)));
  typedef A Unaligned __attribute__((vector_size(WIDTH), aligned(alignof(A)), may_alias));  // copies of bytes take blocks out of registers
  Vector v[N];
};

// Loops over the vectors of a block, unrolled so that they stay in registers.
#define INLINE inline __attribute__((always_inline))
#define INLINED __attribute__((always_inline))
#define OVER(i, A) _Pragma("GCC unroll 16") for (int i = 0; i < Block<A>::N; ++i)

// Calls f with the length, which is a constant except for the last blocks.
#define WITH_LENGTH(f, length)                 \
  if (const int64_t n = (length); n == LANES) { \
    f(LANES);                                  \
  } else {                                     \
    f(int(n));                                 \
  }

template <class A> INLINE Block<A> zeros() {
  Block<A> x;
  OVER(i, A) x.v[i] = typename Block<A>::Vector{};
  return x;
}

// Loads the first n numbers of a block from memory of type A; the rest is zero.
template <class A> INLINE Block<A> block(const A* from, int n) {
  constexpr int EACH = Block<A>::EACH;
  Block<A> x;
  OVER(i, A) {
    if (n >= (i + 1) * EACH) x.v[i] = *reinterpret_cast<const typename Block<A>::Unaligned*>(from + i * EACH);
    else if (n > i * EACH) x.v[i] = some(from + i * EACH, n - i * EACH);
    else x.v[i] = typename Block<A>::Vector{};
  }
  return x;
}

template <class A> INLINE void put(const Block<A>& x, A* to, int n) {
  constexpr int EACH = Block<A>::EACH;
  OVER(i, A) {
    if (n >= (i + 1) * EACH) *reinterpret_cast<typename Block<A>::Unaligned*>(to + i * EACH) = x.v[i];
    else if (n > i * EACH) put_some(x.v[i], to + i * EACH, n - i * EACH);
  }
}

// Adds the first n numbers of a block to those in memory.
template <class A> INLINE void add(const Block<A>& x, A* to, int n) {
  Block<A> sum = block(to, n);
  OVER(i, A) sum.v[i] += x.v[i];
  put(sum, to, n);
}

// Conversion from and to bfloat16, a vector at a time.
template <class A> struct Slow {
  using Vector = typename Block<A>::Vector;
  static __attribute__((noinline)) Vector some(const uint16_t* from, int n) {
    Vector x{};
    for (int j = 0; j < n; ++j) x[j] = widened(from[j]);
    return x;
  }
  static __attribute__((noinline)) void put_some(Vector x, uint16_t* to, int n) {
    for (int j = 0; j < n; ++j) to[j] = rounded(float(x[j]));
  }
};
template <class A> struct Low : Slow<A> {
  using Vector = typename Block<A>::Vector;
  static constexpr bool STREAMS = false;  // whether stores can bypass the caches
  static Vector load(const uint16_t* from) { return Slow<A>::some(from, Block<A>::EACH); }
  static void store(Vector x, uint16_t* to) { Slow<A>::put_some(x, to, Block<A>::EACH); }
  static void stream(Vector x, uint16_t* to) { store(x, to); }
};
template <> struct Low<float> : Slow<float> {
  typedef uint16_t Halves __attribute__((vector_size(WIDTH / 2)));
  typedef uint32_t Words __attribute__((vector_size(WIDTH)));
  using Vector = Block<float>::Vector;
  static INLINE Vector load(const uint16_t* from) {
    Halves halves;
    std::memcpy(&halves, from, sizeof halves);
    return (Vector)(__builtin_convertvector(halves, Words) << 16);
  }
  // To the nearest, of two to the even one. The instruction takes numbers below 1.2e-38 as 0.
  static INLINE Halves narrow(Vector x) {
#if defined(__AVX512BF16__)
    return (Halves)_mm512_cvtneps_pbh((__m512)x);
#else
    Words words = (Words)x;
    words = (words + 0x7fff + ((words >> 16) & 1)) >> 16;
    words = x != x ? Words{} + 0x7fc0 : words;
    return __builtin_convertvector(words, Halves);
#endif
  }
  static INLINE void store(Vector x, uint16_t* to) {
    const Halves halves = narrow(x);
    std::memcpy(to, &halves, sizeof halves);
  }
#ifdef __AVX__
  static constexpr bool STREAMS = true;
  static INLINE void stream(Vector x, uint16_t* to) {
#ifdef __AVX512F__
    _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)narrow(x));
#else
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)narrow(x));
#endif
  }
#else
  static constexpr bool STREAMS = false;
  static void stream(Vector x, uint16_t* to) { store(x, to); }
#endif
};

#ifdef __AVX__
template <class A> INLINE void stream(typename Block<A>::Vector x, A* to) {
#ifdef __AVX512F__
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)x);
#else
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)x);
#endif
}
#endif

// The memory of a tensor of type A or bfloat16.
template <class A> struct Memory {
  static constexpr int EACH = Block<A>::EACH;
  void* data;
  int64_t low, group, step;   // true for bfloat16; distance between groups and between steps, in numbers
  int64_t channels, pitch;    // channels in a row; distance between rows, 0 without gaps
  int64_t past;               // true if it is too large for the caches

  static Memory read(Arguments& a) {
    Memory m;
    m.data = a.address<void>();
    m.low = a.number();
    m.group = a.number();
    m.step = a.number();
    m.channels = a.number();
    m.pitch = a.number();
    m.past = a.number();
    return m;
  }
  // Also prefetches what is `ahead` numbers further on, if that isn't 0.
  INLINE Block<A> load(int64_t at, int n, int64_t ahead = AHEAD) const {
    if (pitch) {
      alignas(64) A together[LANES];  // in place of a block as the function's result, which would keep all blocks in memory
      apart(at, n, together);
      return block(together, n);
    }
    if (!low) {
      const A* later = static_cast<const A*>(data) + at + ahead;
      if (ahead)
        for (int i = 0; i < LANES; i += 64 / int(sizeof(A))) __builtin_prefetch(later + i);
      return block(static_cast<const A*>(data) + at, n);
    }
    const uint16_t* from = static_cast<const uint16_t*>(data) + at;
    if (ahead)
      for (int i = 0; i < LANES; i += 32) __builtin_prefetch(from + ahead + i);
    Block<A> x;
    OVER(i, A) {
      if (n >= (i + 1) * EACH) x.v[i] = Low<A>::load(from + i * EACH);
      else if (n > i * EACH) x.v[i] = Low<A>::some(from + i * EACH, n - i * EACH);
      else x.v[i] = typename Block<A>::Vector{};
    }
    return x;
  }
  // Copies several short rows with gaps between them.
  __attribute__((noinline)) void apart(int64_t at, int n, A* to) const {
    switch (channels) {
      case 4: rows<4>(at, n, to); break;
      case 8: rows<8>(at, n, to); break;
      case 12: rows<12>(at, n, to); break;
      case 16: rows<16>(at, n, to); break;
      case 24: rows<24>(at, n, to); break;
      default:
        for (int j = 0; j < n; j += int(channels), at += pitch)
          for (int k = 0; k < std::min<int64_t>(channels, n - j); ++k) to[j + k] = one(at + k);
    }
  }
  template <int C> void rows(int64_t at, int n, A* to) const {
    for (int j = 0; j < n; j += C, at += pitch) {
      if (low) for (int k = 0; k < C; ++k) to[j + k] = one(at + k);
      else std::memcpy(to + j, static_cast<const A*>(data) + at, C * sizeof(A));
    }
  }
  A one(int64_t at) const { return low ? A(widened(static_cast<const uint16_t*>(data)[at])) : static_cast<const A*>(data)[at]; }
  INLINE void store(int64_t at, int n, const Block<A>& x) const {
    if (low) {
      uint16_t* to = static_cast<uint16_t*>(data) + at;
      if (Low<A>::STREAMS && past && n == LANES && reinterpret_cast<uintptr_t>(to) % 64 == 0) {
        OVER(i, A) Low<A>::stream(x.v[i], to + i * EACH);
        return;
      }
      OVER(i, A) {
        if (n >= (i + 1) * EACH) Low<A>::store(x.v[i], to + i * EACH);
        else if (n > i * EACH) Low<A>::put_some(x.v[i], to + i * EACH, n - i * EACH);
      }
      return;
    }
    A* to = static_cast<A*>(data) + at;
#ifdef __AVX__
    // Bypasses the caches, which saves loading the old data: a result of this size isn't cached any more when it is read.
    if (past && n == LANES && reinterpret_cast<uintptr_t>(to) % WIDTH == 0) {
      OVER(i, A) stream<A>(x.v[i], to + i * EACH);
      return;
    }
#endif
    put(x, to, n);
  }
};

// How the rows of one step are divided: `groups` of `lanes` numbers, each of whole rows of `channels`; the last may be shorter.
struct Shape {
  int64_t steps, groups, lanes, last, channels;
  static Shape read(Arguments& a) {
    Shape s;
    s.steps = a.number();
    s.groups = a.number();
    s.lanes = a.number();
    s.last = a.number();
    s.channels = a.number();
    return s;
  }
  // The channels' parameters, repeated for all lanes of a group; empty if there are none.
  template <class A> std::vector<A> repeated(const A* from) const {
    std::vector<A> all(from ? lanes : 0);
    for (size_t j = 0; j < all.size(); j += channels) std::copy_n(from, channels, all.data() + j);
    return all;
  }
  int64_t length(int64_t g) const { return g == groups - 1 ? last : lanes; }
};

// Calls f(l, n, first, end) for the n lanes from l on of the groups from `first` up to `end`, a few groups at a time: what belongs
// to the lanes stays in registers for these, and their memory in the cache for the next lanes.
template <class F> INLINE void few_groups(const Shape& shape, int64_t from, int64_t to, F f) {
  for (int64_t g = from, end; g < to; g = end) {
    end = std::min(to, g == shape.groups - 1 ? shape.groups : std::min(g + FEW, shape.groups - 1));
    const int64_t length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const auto run = [&](int n) INLINED { f(l, n, g, end); };
      WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
    }
  }
}

// Sums of each thread for each lane; they are added in the threads' order, so that a call is reproducible.
struct Sums {
  int threads;
  int64_t width;
  std::vector<double> all;
  Sums(int threads, int64_t width) : threads(threads), width(width), all(threads * width, 0.0) {}
  double* mine() { return all.data() + omp_get_thread_num() * width; }
  // Adds [..., lanes] of all threads to [..., channels].
  void total(double* to, const Shape& shape) const {
    for (int i = 0; i < threads; ++i)
      for (int64_t j = 0; j < width; j += shape.channels)
        for (int64_t c = 0; c < shape.channels; ++c) to[j / shape.lanes * shape.channels + c] += all[i * width + j + c];
  }
};

}  // namespace
