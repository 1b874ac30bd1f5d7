// The current of neurons as a sum of terms, each with its batch norm or unchanged.

#pragma once

#include "exponential.h"

namespace {

template <class A> struct Term {
  Memory<A> y;
  std::vector<A> scales, shifts, means, inverses;  // of the norm, for all lanes; empty without a norm
  const A *scale, *shift, *mean, *inverse;         // pointers to these
  Term(Arguments& a, const Shape& shape) : y(Memory<A>::read(a)) {
    for (auto* each : {&scales, &shifts, &means, &inverses}) *each = shape.repeated(a.address<const A>());
    scale = scales.empty() ? nullptr : scales.data();
    shift = shifts.data();
    mean = means.data();
    inverse = inverses.data();
  }
};

template <class A> std::vector<Term<A>> terms(Arguments& a, const Shape& shape) {
  std::vector<Term<A>> found;
  const int64_t count = a.number();
  found.reserve(count);
  for (int64_t k = 0; k < count; ++k) found.emplace_back(a, shape);
  return found;
}

// The current of one step: the sum of the terms, each normed if it has a norm.
template <class A> INLINE Block<A> sum_of(const std::vector<Term<A>>& ts, int64_t g, int64_t t, int64_t l, int n) {
  Block<A> sum;
  for (size_t k = 0; k < ts.size(); ++k) {
    const Term<A>& term = ts[k];
    Block<A> y = term.y.load(g * term.y.group + t * term.y.step + l, n);
    if (term.scale) {
      const Block<A> scale = block(term.scale + l, n), shift = block(term.shift + l, n);
      OVER(i, A) y.v[i] = y.v[i] * scale.v[i] + shift.v[i];
    }
    if (k == 0) sum = y;
    else OVER(i, A) sum.v[i] += y.v[i];
  }
  return sum;
}

// The same, compiled once; a single term without a norm is loaded where it is needed.
template <class A> __attribute__((noinline)) Block<A> sum_apart(const std::vector<Term<A>>& ts, int64_t g, int64_t t, int64_t l, int n) {
  return n == LANES ? sum_of(ts, g, t, l, LANES) : sum_of(ts, g, t, l, n);
}
template <class A> INLINE Block<A> current(const std::vector<Term<A>>& ts, int64_t g, int64_t t, int64_t l, int n) {
  if (ts.size() > 1 || ts[0].scale) return sum_apart(ts, g, t, l, n);
  return ts[0].y.load(g * ts[0].y.group + t * ts[0].y.step + l, n);
}

// The currents of all steps of a block, as `sum_of` adds them, with a norm's numbers in registers.
template <class A>
INLINE void sums_of(const std::vector<Term<A>>& ts, int64_t steps, int64_t g, int64_t l, int n, Block<A>* sums) {
  for (size_t k = 0; k < ts.size(); ++k) {
    const Term<A>& term = ts[k];
    const auto each = [&](auto f) INLINED {
      for (int64_t t = 0; t < steps; ++t) {
        const Block<A> y = f(term.y.load(g * term.y.group + t * term.y.step + l, n));
        if (k == 0) sums[t] = y;
        else OVER(i, A) sums[t].v[i] += y.v[i];
      }
    };
    if (term.scale) {
      const Block<A> scale = block(term.scale + l, n), shift = block(term.shift + l, n);
      each([&](Block<A> y) INLINED {
        OVER(i, A) y.v[i] = y.v[i] * scale.v[i] + shift.v[i];
        return y;
      });
    } else {
      each([](const Block<A>& y) INLINED { return y; });
    }
  }
}

// Adds dL/dI of all steps of a block to the sums that the gradients of norms need, [1 + terms, lanes]: alone, and times each
// normed term.
template <class A>
INLINE void add_norms(const std::vector<Term<A>>& ts, const Block<A>* grads, int64_t steps, int64_t g, int64_t l, int n, A* sums,
                      int64_t lanes) {
  bool first = true;
  for (size_t k = 0; k < ts.size(); ++k) {
    const Term<A>& term = ts[k];
    if (!term.scale) continue;
    if (first) {
      Block<A> alone = grads[0];
      for (int64_t t = 1; t < steps; ++t) OVER(i, A) alone.v[i] += grads[t].v[i];
      add(alone, sums + l, n);
    }
    first = false;
    const Block<A> mean = block(term.mean + l, n), inverse = block(term.inverse + l, n);
    Block<A> product = zeros<A>();
    for (int64_t t = 0; t < steps; ++t) {
      const Block<A> y = term.y.load(g * term.y.group + t * term.y.step + l, n, 0);
      OVER(i, A) product.v[i] = fused<A>(grads[t].v[i], y.v[i] - mean.v[i], product.v[i]);
    }
    OVER(i, A) product.v[i] *= inverse.v[i];
    add(product, sums + lanes * int64_t(1 + k) + l, n);
  }
}

template <class A>
__attribute__((noinline)) void add_norms_apart(const std::vector<Term<A>>& ts, const Block<A>* grads, int64_t steps, int64_t g, int64_t l,
                                               int n, A* sums, int64_t lanes) {
  if (n == LANES) add_norms(ts, grads, steps, g, l, LANES, sums, lanes);
  else add_norms(ts, grads, steps, g, l, n, sums, lanes);
}

}  // namespace
