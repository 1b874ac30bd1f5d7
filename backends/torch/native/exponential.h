// exp of negative numbers, a vector at a time; products and sums rounded once where the processor can.

#pragma once

#include <limits>

#include "vectors.h"

#if defined(__AVX512F__)
#define OF_VECTORS(name, kind) _mm512_##name##_##kind
typedef __m512 Floats;
typedef __m512d Doubles;
#elif defined(__AVX__)
#define OF_VECTORS(name, kind) _mm256_##name##_##kind
typedef __m256 Floats;
typedef __m256d Doubles;
#endif

namespace {

template <class A> struct Bits;
template <> struct Bits<float> {
  static constexpr int mantissa = 23, bias = 127, terms = 7;
  static constexpr float magic = 12582912.0f, lowest = -87.0f;
};
template <> struct Bits<double> {
  static constexpr int mantissa = 52, bias = 1023, terms = 14;
  static constexpr double magic = 6755399441055744.0, lowest = -700.0;
};

// x y + z. Not for membrane potentials, which both passes must compute alike, and as operations of torch do.
template <class A, class V> INLINE V fused(V x, V y, V z) {
#if defined(__AVX512F__) || defined(__FMA__)
  if constexpr (sizeof(A) == 4) return (V)OF_VECTORS(fmadd, ps)((Floats)x, (Floats)y, (Floats)z);
  else return (V)OF_VECTORS(fmadd, pd)((Doubles)x, (Doubles)y, (Doubles)z);
#else
  return x * y + z;
#endif
}

// The larger one; x if it isn't a number.
template <class A, class V> INLINE V larger(V x, V y) {
#ifdef OF_VECTORS
  if constexpr (sizeof(A) == 4) return (V)OF_VECTORS(max, ps)((Floats)y, (Floats)x);
  else return (V)OF_VECTORS(max, pd)((Doubles)y, (Doubles)x);
#else
  return y > x ? y : x;
#endif
}

template <class A, class V> INLINE V magnitude(V x) {
  using I = typename Block<A>::Integers;
  return (V)((I)x & std::numeric_limits<typename Block<A>::Int>::max());
}

constexpr double factorial(int n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

// 1 / K! + r / (K + 1)! + r^2 / (K + 2)! + ... up to the term of LAST: exp(r) for K = 0, and (exp(r) - 1) / r for K = 1.
template <int K, int LAST, class A, class V> INLINE V series(V r) {
  constexpr A first(1 / factorial(K));
  if constexpr (K == LAST) return V{} + first;
  else return fused<A>(r, series<K + 1, LAST, A>(r), V{} + first);
}

// x = n log(2) + r. The lowest bits of `shifted` are those of the whole number n.
template <class A, class V> struct Reduced {
  V shifted, n, r;
  static INLINE Reduced of(V x) {
    const V shifted = fused<A>(x, V{} + A(1.4426950408889634), V{} + Bits<A>::magic), n = shifted - Bits<A>::magic;
    return {shifted, n, fused<A>(n, V{} - A(1.42860682030941723212e-6), fused<A>(n, V{} - A(0.693145751953125), x))};
  }
};

// exp(x) for x <= 0, branch-free: n is added to the exponent of exp(r).
template <class A, class V> INLINE V exponential(V x) {
  using I = typename Block<A>::Integers;
  const auto parts = Reduced<A, V>::of(larger<A>(x, V{} + Bits<A>::lowest));
  return (V)((I)series<0, Bits<A>::terms, A>(parts.r) + ((I)parts.shifted << Bits<A>::mantissa));
}

}  // namespace
