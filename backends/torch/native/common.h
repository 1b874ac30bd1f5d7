// Shared by the compiled functions: arguments and bfloat16.
//
// Every function has one array of 64-bit integers as its argument: numbers and addresses, in the order in which it reads them.

#pragma once

#include <cstdint>
#include <cstring>

#ifdef __AVX__
#include <immintrin.h>
#endif

namespace {

// Size of the processor's vectors in bytes; the compiler would split wider ones into single numbers.
#if defined(__AVX512F__)
constexpr int WIDTH = 64;
#elif defined(__AVX__)
constexpr int WIDTH = 32;
#else
constexpr int WIDTH = 16;
#endif

struct Arguments {
  const int64_t* at;
  int64_t number() { return *at++; }
  template <class P> P* address() { return reinterpret_cast<P*>(*at++); }
};

inline float widened(uint16_t low) {
  const uint32_t bits = uint32_t(low) << 16;
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

inline uint16_t rounded(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const uint32_t up = bits + 0x7fff + ((bits >> 16) & 1);
  return x != x ? uint16_t(0x7fc0) : uint16_t(up >> 16);
}

}  // namespace
