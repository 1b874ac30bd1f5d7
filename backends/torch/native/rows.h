// Vectors of numbers, the first numbers of a vector, and uninitialised memory.

#pragma once

#include <cstdlib>

#include "common.h"

namespace {

template <class A> struct alignas(WIDTH) Vector {
  static constexpr int LANES = WIDTH / sizeof(A);
  typedef A Lanes __attribute__((vector_size(WIDTH)));
  Lanes v;
};

// Loads and stores the first n numbers of a vector, fewer than all; the rest is zero.
template <class A> __attribute__((noinline)) typename Vector<A>::Lanes some(const A* from, int n) {
#ifdef __AVX512F__
  if constexpr (sizeof(A) == 4) return _mm512_maskz_loadu_ps(__mmask16((1 << n) - 1), from);
#endif
  typename Vector<A>::Lanes x{};
  std::memcpy(&x, from, n * sizeof(A));
  return x;
}
template <class A> __attribute__((noinline)) void put_some(typename Vector<A>::Lanes x, A* to, int n) {
#ifdef __AVX512F__
  if constexpr (sizeof(A) == 4) return _mm512_mask_storeu_ps(to, __mmask16((1 << n) - 1), x);
#endif
  std::memcpy(to, &x, n * sizeof(A));
}

// Uninitialised memory.
template <class T> struct Buffer {
  T* data;
  explicit Buffer(int64_t n) : data(static_cast<T*>(std::aligned_alloc(64, (n * sizeof(T) + 127) / 64 * 64))) {}
  Buffer(const Buffer&) = delete;
  ~Buffer() { std::free(data); }
};

// The minimum number of blocks of at most `most` vectors for these channels.
inline int64_t blocks_of(int64_t channels, int64_t lanes, int64_t most) {
  return ((channels + lanes - 1) / lanes + most - 1) / most;
}

}  // namespace
