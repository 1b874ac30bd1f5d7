// Surrogate gradients, a vector at a time.

#pragma once

#include "exponential.h"

namespace {

enum Surrogate { DSPIKE, TRIANGLE, SUPERSPIKE, ARCTAN, RECTANGULAR, EXPONENTIAL, SIGMOID, CAUCHY, SOFTSIGN, GAUSSIAN, HAT };

// dy/du at x = u - threshold; `scale` is the factor that depends only on b.
template <int S, class A, class V> INLINE V slope(V x, V b, V scale) {
  const V none{}, size = magnitude<A>(x);
  if constexpr (S == DSPIKE) {
    const V e = exponential<A>(A(-2) * b * size);
    return size <= A(0.5) ? scale * A(4) * e / ((A(1) + e) * (A(1) + e)) : none;
  } else if constexpr (S == TRIANGLE) {
    return (size < A(1) ? A(1) - size : none) * b;
  } else if constexpr (S == SUPERSPIKE || S == SOFTSIGN) {
    const V y = A(1) / ((A(1) + b * size) * (A(1) + b * size));
    return S == SUPERSPIKE ? y : y * scale;
  } else if constexpr (S == ARCTAN) {
    const V y = x * A(3.14159265358979323846);
    return scale / (A(1) + y * y);
  } else if constexpr (S == RECTANGULAR) {
    return b * size <= A(0.5) ? b : none;
  } else if constexpr (S == SIGMOID) {
    const V e = exponential<A>(-b * size);
    return scale * e / ((A(1) + e) * (A(1) + e));
  } else if constexpr (S == CAUCHY) {
    const V y = x * b * A(1.57079632679489661923);
    return scale / (A(1) + y * y);
  } else if constexpr (S == GAUSSIAN) {
    return exponential<A>(-(b * x) * (b * x)) * scale;
  } else if constexpr (S == HAT) {
    const V y = A(1) - b * size;
    return (y > none ? y : none) * scale;
  } else {
    return exponential<A>(-b * size) * scale;
  }
}

}  // namespace
