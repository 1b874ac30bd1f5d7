// What follows from the statistics of batch norms: a few numbers for each channel.

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "common.h"

namespace {

template <class A> A between(A from, A to, A weight) {
  return std::abs(weight) < A(0.5) ? from + weight * (to - from) : to - (to - from) * (A(1) - weight);
}

// For each norm scale, shift, mean, 1 / standard deviation, and the running mean and variance after this call.
template <class A> void affines(Arguments a) {
  a.at += 5;  // threads, and how rows are cut
  const int64_t channels = a.number(), norms = a.number(), count = a.number();
  const double* constants = a.address<const double>();  // of each norm: eps, momentum
  const double* total = a.address<const double>();  // [norms, 3, channels] as `moments` gives them; null for running statistics
  A* out = a.address<A>();  // [norms, 6, channels]
  const A unbiased = A(double(count) / double(std::max<int64_t>(count - 1, 1)));
  for (int64_t k = 0; k < norms; ++k, out += 6 * channels, constants += 2) {
    const A eps = A(constants[0]), momentum = A(constants[1]);
    const A *weight = a.address<const A>(), *bias = a.address<const A>();
    const A *mean = a.address<const A>(), *var = a.address<const A>();
    for (int64_t c = 0; c < channels; ++c) {
      A centre = mean[c], variance = var[c], later[2] = {mean[c], var[c]};
      if (total) {
        const double* of = total + 3 * k * channels + c;
        const double first = of[0] / double(count), second = of[channels] / double(count);
        variance = A(std::max(second - first * first, 0.0));
        centre = A(of[2 * channels] + first);
        later[0] = between(later[0], centre, momentum);
        later[1] = between(later[1], variance * unbiased, momentum);
      }
      const A inverse = A(1) / std::sqrt(variance + eps), scale = weight[c] * inverse;
      const A found[] = {scale, bias[c] - centre * scale, centre, inverse, later[0], later[1]};
      for (int row = 0; row < 6; ++row) out[row * channels + c] = found[row];
    }
  }
}

}  // namespace

extern "C" {
void affines_f32(const int64_t* a) { affines<float>({a}); }
void affines_f64(const int64_t* a) { affines<double>({a}); }
}
