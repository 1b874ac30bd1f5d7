// Neurons whose time step is generated: its functions of vectors, and the loops over time steps, forward and backward.
//
// A generated step E has the type A of its numbers, how many currents, constants, given numbers, states and kept
// values it has, whether it is large, and
//   forward(c, given, s, x, i)        one step: the result; the states s become those after the step
//   keep(c, given, s, x, kept, i)     the same without the result, but with what the way back needs
//   backward(c, given, kept, late, sums, upstream, x, i)
//                                     writes the gradients of the currents x; late, the gradients of the states, become those
//                                     before the step, and those of given numbers are added to sums
// where i is the number of a vector in its block.

#pragma once

#include <cmath>

#include "surrogates.h"
#include "terms.h"

namespace {

enum At { ABOVE, REACHED, NEAREST };

template <class V, class A> INLINE V filled(A x) { return x - V{}; }

template <class V, class M> INLINE V ones_where(M mask) { return mask ? V{} + 1 : V{}; }

// The nearest whole number, of two the even one; the largest whole number up to x; the least from x on.
template <class A, class V> INLINE V nearest(V x) {
  constexpr A whole = sizeof(A) == 4 ? A(8388608) : A(4503599627370496);
  const V size = magnitude<A>(x), found = (size + whole) - whole;
  return size < whole ? (x < V{} ? -found : found) : x;
}
template <class A, class V> INLINE V lower(V x) {
  const V found = nearest<A>(x);
  return found > x ? found - A(1) : found;
}
template <class A, class V> INLINE V upper(V x) {
  const V found = nearest<A>(x);
  return found < x ? found + A(1) : found;
}

// How many multiples of the threshold u is above, has reached, or is nearest to, up to `levels`.
template <int AT, class A, class V> INLINE V counted(V u, V threshold, V levels) {
  const V ratio = u / threshold;
  const V count = AT == NEAREST ? nearest<A>(ratio) : AT == REACHED ? lower<A>(ratio) : upper<A>(ratio) - A(1);
  return count < V{} ? V{} : count > levels ? levels : count;
}

// The sums of the surrogates around all multiples at which a count rises, and of these times the multiples.
template <int S, int AT, class A, class V> INLINE V slopes(V u, V threshold, V b, V scale, A levels) {
  V sum{};
  for (A k = 1; k <= levels; k += 1) sum += slope<S, A>(u - (AT == NEAREST ? k - A(0.5) : k) * threshold, b, scale);
  return sum;
}
template <int S, int AT, class A, class V> INLINE V slopes_by_threshold(V u, V threshold, V b, V scale, A levels) {
  V sum{};
  for (A k = 1; k <= levels; k += 1) {
    const A m = AT == NEAREST ? k - A(0.5) : k;
    sum += m * slope<S, A>(u - m * threshold, b, scale);
  }
  return sum;
}

template <class A> struct Range;
template <> struct Range<float> {
  static constexpr float low = -104.0f, high = 89.0f;  // exp of these is 0 and infinite
};
template <> struct Range<double> {
  static constexpr double low = -746.0, high = 710.0;
};

template <class A, class V> INLINE V power_of_2(typename Block<A>::Integers n) {
  return (V)((n + Bits<A>::bias) << Bits<A>::mantissa);
}

// 2^n is the product of two powers, since one alone may be too large or too small.
template <class A, class V> INLINE V exp_of(V x) {
  using R = Range<A>;
  using I = typename Block<A>::Integers;
  const auto parts = Reduced<A, V>::of(x < R::low ? V{} + R::low : x > R::high ? V{} + R::high : x);
  const I whole = __builtin_convertvector(parts.n, I), half = whole >> 1;
  return series<0, Bits<A>::terms, A>(parts.r) * power_of_2<A, V>(half) * power_of_2<A, V>(whole - half);
}

template <class A, class V> INLINE V sigmoid_of(V x) {
  const V size = magnitude<A>(x), e = exponential<A>(-size), part = A(1) / (A(1) + e);
  return x < V{} ? e * part : part;
}

// From t = exp(-2 |x|) - 1, which is as exact for small x as for large ones: |tanh(x)| = -t / (2 + t).
template <class A, class V> INLINE V tanh_of(V x) {
  constexpr A most = sizeof(A) == 4 ? A(20) : A(40);
  const V size = magnitude<A>(x), y = A(-2) * (size > most ? V{} + most : size);
  const auto parts = Reduced<A, V>::of(y);
  const V power = power_of_2<A, V>(__builtin_convertvector(parts.n, typename Block<A>::Integers));
  const V t = power * (parts.r * series<1, Bits<A>::terms, A>(parts.r)) + (power - A(1)), found = -t / (A(2) + t);
  return x < V{} ? -found : found;
}

template <class A, class V, class F> INLINE V each(V x, F f) {
  for (size_t j = 0; j < sizeof(V) / sizeof(A); ++j) x[j] = f(A(x[j]));
  return x;
}
template <class A, class V> INLINE V erf_of(V x) { return each<A>(x, [](A a) { return std::erf(a); }); }
template <class A, class V> INLINE V erf_slope_of(V x) { return A(1.12837916709551257390) * exp_of<A>(-x * x); }
template <class A, class V> INLINE V sqrt_of(V x) { return each<A>(x, [](A a) { return std::sqrt(a); }); }
template <class A, class V> INLINE V log_of(V x) { return each<A>(x, [](A a) { return std::log(a); }); }
template <class A, class V> INLINE V sin_of(V x) { return each<A>(x, [](A a) { return std::sin(a); }); }
template <class A, class V> INLINE V cos_of(V x) { return each<A>(x, [](A a) { return std::cos(a); }); }

// The derivative by b of the smoothed spike at x = u - threshold, which is the integral of the surrogate.
template <int S, class A, class V> INLINE V by_b(V x, V b) {
  const V none{}, size = magnitude<A>(x);
  if constexpr (S == DSPIKE) {
    const V half = tanh_of<A>(b * A(0.5)), at = tanh_of<A>(b * x);
    const V found = x * (A(1) - at * at) / (A(2) * half) - at * (A(1) - half * half) / (A(4) * half * half);
    return size <= A(0.5) ? found : none;
  } else if constexpr (S == TRIANGLE) {
    const V inside = x < A(-1) ? none - A(1) : x > A(1) ? none + A(1) : x;
    return inside * (A(1) - (inside < none ? -inside : inside) * A(0.5));
  } else if constexpr (S == SUPERSPIKE || S == SOFTSIGN) {
    const V y = x / ((A(1) + b * size) * (A(1) + b * size));
    return S == SUPERSPIKE ? -size * y : A(0.5) * y;
  } else if constexpr (S == ARCTAN) {
    return each<A>(x, [](A a) { return std::atan(a * A(3.14159265358979323846)) / A(9.42477796076937971538); });
  } else if constexpr (S == RECTANGULAR) {
    return b * size <= A(0.5) ? x : none;
  } else if constexpr (S == SIGMOID) {
    const V e = exponential<A>(-b * size);
    return x * e / ((A(1) + e) * (A(1) + e));
  } else if constexpr (S == CAUCHY) {
    const V y = x * b * A(1.57079632679489661923);
    return A(0.5) * x / (A(1) + y * y);
  } else if constexpr (S == GAUSSIAN) {
    return x * exponential<A>(-(b * x) * (b * x)) / A(1.77245385090551602730);
  } else if constexpr (S == HAT) {
    const V y = A(1) - b * size;
    return y > none ? x * y : none;
  } else {
    return A(0.5) * x * exponential<A>(-b * size);
  }
}
template <int S, int AT, class A, class V> INLINE V sum_by_b(V u, V threshold, V b, A levels) {
  V sum{};
  for (A k = 1; k <= levels; k += 1) sum += by_b<S, A>(u - (AT == NEAREST ? k - A(0.5) : k) * threshold, b);
  return sum;
}

// Calls f with the number of each vector of a block. Blocks of small steps stay in registers; large steps are compiled once.
template <class E, class F> INLINE void over(F f) {
  using A = typename E::A;
  if constexpr (E::LARGE) {
#pragma GCC unroll 1
    for (int i = 0; i < Block<A>::N; ++i) f(i);
  } else {
    OVER(i, A) f(i);
  }
}

// What both ways read: the terms of each current, constants, numbers given for each lane, and states before the first step.
template <class E> struct Call {
  using A = typename E::A;
  int threads;
  Shape shape;
  std::vector<Term<A>> currents[E::INPUTS];
  A constants[E::CONSTANTS + 1], initial[E::STATES];
  std::vector<A> numbers[E::GIVEN + 1];
  Memory<A> before[E::STATES];

  explicit Call(Arguments& a) : threads(int(a.number())), shape(Shape::read(a)) {
    for (auto& each : currents) each = terms<A>(a, shape);
    const double* known = a.address<const double>();
    for (int k = 0; k < E::CONSTANTS; ++k) constants[k] = A(known[k]);
    for (int k = 0; k < E::STATES; ++k) initial[k] = A(known[E::CONSTANTS + k]);
    for (int k = 0; k < E::GIVEN; ++k) numbers[k] = shape.repeated(a.address<const A>());
    for (auto& each : before) each = Memory<A>::read(a);
  }
  INLINE void load(int64_t g, int64_t t, int64_t l, int n, Block<A>* x) const {
    for (int k = 0; k < E::INPUTS; ++k) x[k] = current(currents[k], g, t, l, n);
  }
  // Writes the given numbers and the first states of n lanes from l on of a group.
  INLINE void begin(int64_t g, int64_t l, int n, Block<A>* given, Block<A>* s) const {
    for (int k = 0; k < E::GIVEN; ++k) given[k] = block(numbers[k].data() + l, n);
    for (int k = 0; k < E::STATES; ++k) {
      if (before[k].data) s[k] = before[k].load(g * before[k].group + l, n);
      else OVER(i, A) s[k].v[i] = filled<typename Block<A>::Vector>(initial[k]);
    }
  }
};

template <class E> void forward(Arguments a) {
  using A = typename E::A;
  const Call<E> call(a);
  Memory<A> after[E::STATES];
  for (auto& each : after) each = Memory<A>::read(a);
  const auto result = Memory<A>::read(a);
#pragma omp parallel for num_threads(call.threads) schedule(static)
  for (int64_t g = 0; g < call.shape.groups; ++g) {
    const int64_t length = call.shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const auto run = [&](int n) INLINED {
        A c[E::CONSTANTS + 1];
        std::memcpy(c, call.constants, sizeof c);
        Block<A> given[E::GIVEN + 1], s[E::STATES];
        call.begin(g, l, n, given, s);
        for (int64_t t = 0; t < call.shape.steps; ++t) {
          Block<A> x[E::INPUTS], y;
          call.load(g, t, l, n, x);
          over<E>([&](int i) INLINED { y.v[i] = E::forward(c, given, s, x, i); });
          result.store(g * result.group + t * result.step + l, n, y);
        }
        for (int k = 0; k < E::STATES; ++k) after[k].store(g * after[k].group + l, n, s[k]);
      };
      WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
    }
  }
}

// Writes the gradients of currents and first states; sums for each channel those of given numbers, and what norms need.
template <class E> void backward(Arguments a) {
  using A = typename E::A;
  const Call<E> call(a);
  const auto upstream = Memory<A>::read(a);
  Memory<A> grads[E::INPUTS], grad_after[E::STATES], grad_before[E::STATES];
  for (auto& each : grads) each = Memory<A>::read(a);
  for (auto& each : grad_after) each = Memory<A>::read(a);
  for (auto& each : grad_before) each = Memory<A>::read(a);
  double* total = a.address<double>();  // [given, channels], and behind it [1 + terms, channels] for each current
  const int64_t lanes = call.shape.lanes;
  int64_t first[E::INPUTS], width = lanes * E::GIVEN;
  for (int k = 0; k < E::INPUTS; ++k) {
    first[k] = width;
    width += lanes * int64_t(1 + call.currents[k].size());
  }
  const int64_t chunks = (call.shape.groups + CHUNK - 1) / CHUNK;
  Sums all(call.threads, width);
#pragma omp parallel num_threads(call.threads)
  {
    double* own = all.mine();
    std::vector<A> part(width);
    const int64_t steps = call.shape.steps;
    std::vector<Block<A>> kept(steps * E::KEPT), outs(steps * E::INPUTS);  // outs: [inputs, steps]
#pragma omp for schedule(static)
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::fill(part.begin(), part.end(), A(0));
      for (int64_t g = chunk * CHUNK; g < std::min(call.shape.groups, (chunk + 1) * CHUNK); ++g) {
        const int64_t length = call.shape.length(g);
        for (int64_t l = 0; l < length; l += LANES) {
          const auto run = [&](int n) INLINED {
            A c[E::CONSTANTS + 1];
            std::memcpy(c, call.constants, sizeof c);
            Block<A> given[E::GIVEN + 1], s[E::STATES], sums[E::GIVEN + 1];
            call.begin(g, l, n, given, s);
            for (int64_t t = 0; t < steps; ++t) {
              Block<A> x[E::INPUTS];
              call.load(g, t, l, n, x);
              over<E>([&](int i) INLINED { E::keep(c, given, s, x, kept.data() + t * E::KEPT, i); });
            }
            for (int k = 0; k < E::GIVEN; ++k) sums[k] = zeros<A>();
            for (int k = 0; k < E::STATES; ++k)
              s[k] = grad_after[k].data ? grad_after[k].load(g * grad_after[k].group + l, n) : zeros<A>();
            for (int64_t t = steps - 1; t >= 0; --t) {
              const Block<A> y = upstream.data ? upstream.load(g * upstream.group + t * upstream.step + l, n) : zeros<A>();
              Block<A> out[E::INPUTS];
              over<E>([&](int i) INLINED { E::backward(c, given, kept.data() + t * E::KEPT, s, sums, y.v[i], out, i); });
              for (int k = 0; k < E::INPUTS; ++k) {
                grads[k].store(g * grads[k].group + t * grads[k].step + l, n, out[k]);
                outs[k * steps + t] = out[k];
              }
            }
            for (int k = 0; k < E::INPUTS; ++k)
              add_norms_apart(call.currents[k], outs.data() + k * steps, steps, g, l, n, part.data() + first[k], lanes);
            for (int k = 0; k < E::STATES; ++k)
              if (grad_before[k].data) grad_before[k].store(g * grad_before[k].group + l, n, s[k]);
            for (int k = 0; k < E::GIVEN; ++k) add(sums[k], part.data() + k * lanes + l, n);
          };
          WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
        }
      }
      for (int64_t j = 0; j < width; ++j) own[j] += part[j];
    }
  }
  all.total(total, call.shape);
}

}  // namespace
