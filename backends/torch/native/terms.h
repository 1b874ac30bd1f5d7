// The current of neurons as a sum of terms, each with its batch norm or unchanged.

#pragma once

#include "vectors.h"

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

// Adds one step of dL/dI to the sums that the gradients of norms need, [1 + terms, lanes]: alone, and times each normed term
// from one on; alone only if that is the first of all.
template <class A>
INLINE void add_norms(const std::vector<Term<A>>& ts, size_t from, const Block<A>& grad, int64_t g, int64_t t, int64_t l, int n, A* sums,
                      int64_t lanes) {
  bool first = from == 0;
  for (size_t k = from; k < ts.size(); ++k) {
    if (!ts[k].scale) continue;
    if (first) add(grad, sums + l, n);
    first = false;
    Block<A> y = ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n);
    const Block<A> mean = block(ts[k].mean + l, n), inverse = block(ts[k].inverse + l, n);
    OVER(i, A) y.v[i] = grad.v[i] * ((y.v[i] - mean.v[i]) * inverse.v[i]);
    add(y, sums + lanes * int64_t(1 + k) + l, n);
  }
}
template <class A>
__attribute__((noinline)) void add_norms_apart(const std::vector<Term<A>>& ts, const Block<A>& grad, int64_t g, int64_t t, int64_t l,
                                               int n, A* sums, int64_t lanes) {
  add_norms(ts, 0, grad, g, t, l, n, sums, lanes);
}

// The same of the first normed term over all steps of a block, which stay in registers, in place of two sums of each step.
template <class A> struct FirstNorm {
  size_t k;  // the number of terms if none has a norm
  Block<A> alone = zeros<A>(), product = zeros<A>();
  explicit INLINE FirstNorm(size_t k) : k(k) {}
  INLINE void add_step(const Term<A>& term, const Block<A>& grad, int64_t g, int64_t t, int64_t l, int n) {
    const Block<A> y = term.y.load(g * term.y.group + t * term.y.step + l, n, false), mean = block(term.mean + l, n);
    OVER(i, A) {
      alone.v[i] += grad.v[i];
      product.v[i] += grad.v[i] * (y.v[i] - mean.v[i]);
    }
  }
  INLINE void add_block(const Term<A>& term, int64_t l, int n, A* sums, int64_t lanes) {
    const Block<A> inverse = block(term.inverse + l, n);
    OVER(i, A) product.v[i] *= inverse.v[i];
    add(alone, sums + l, n);
    add(product, sums + lanes * int64_t(1 + k) + l, n);
  }
};

}  // namespace
