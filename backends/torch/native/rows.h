// Vectors of channels and uninitialised memory for them, for convolutions.

#pragma once

#include <cstdlib>

#include "common.h"

namespace {

template <class A> struct alignas(WIDTH) Vector {
  static constexpr int LANES = WIDTH / sizeof(A);
  typedef A Lanes __attribute__((vector_size(WIDTH)));
  Lanes v;
};

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
