// Batch norms, their sum and spiking neurons over all time steps, computed row by row of channels.
//
// A tensor [T, N, C, *size] is stored with channels last: T * M rows (M pixels of all samples) of C numbers. If rows have no
// gaps between them, several are processed as one, so that few channels also fill the vector registers; the channels'
// parameters are repeated to that length. Sums have the type A (float or double), stored values A or bfloat16.

#include <algorithm>
#include <type_traits>
#include <vector>

#include <omp.h>

#include "common.h"

namespace {

constexpr int LANES = 64;   // numbers that are processed together
constexpr int CHUNK = 128;  // groups that are summed in A before the sum is added to a double
constexpr int AHEAD = 8;    // blocks to prefetch ahead: the hardware can't follow so many streams

// `LANES` numbers of A in vector registers.
template <class A> struct Block {
  static constexpr int EACH = WIDTH / sizeof(A), N = LANES / EACH;
  using Int = std::conditional_t<sizeof(A) == 4, int32_t, int64_t>;
  typedef A Vector __attribute__((vector_size(WIDTH)));
  typedef Int Integers __attribute__((vector_size(WIDTH)));
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

// Loads and stores the first n numbers of a vector.
template <class A> __attribute__((noinline)) typename Block<A>::Vector some(const A* from, int n) {
  typename Block<A>::Vector x{};
  std::memcpy(&x, from, n * sizeof(A));
  return x;
}
template <class A> __attribute__((noinline)) void put_some(typename Block<A>::Vector x, A* to, int n) {
  std::memcpy(to, &x, n * sizeof(A));
}

// Loads the first n numbers of a block from memory of type A; the rest is zero.
template <class A> INLINE Block<A> block(const A* from, int n) {
  constexpr int EACH = Block<A>::EACH;
  Block<A> x;
  OVER(i, A) {
    if (n >= (i + 1) * EACH) std::memcpy(&x.v[i], from + i * EACH, WIDTH);
    else if (n > i * EACH) x.v[i] = some(from + i * EACH, n - i * EACH);
    else x.v[i] = typename Block<A>::Vector{};
  }
  return x;
}

template <class A> INLINE void put(const Block<A>& x, A* to, int n) {
  constexpr int EACH = Block<A>::EACH;
  OVER(i, A) {
    if (n >= (i + 1) * EACH) std::memcpy(to + i * EACH, &x.v[i], WIDTH);
    else if (n > i * EACH) put_some(x.v[i], to + i * EACH, n - i * EACH);
  }
}

// Adds the first n numbers of a block to those in memory.
template <class A> INLINE void add(const Block<A>& x, A* to, int n) {
  Block<A> sum = block(to, n);
  OVER(i, A) sum.v[i] += x.v[i];
  put(sum, to, n);
}

template <class A> struct Bits;
template <> struct Bits<float> {
  static constexpr int mantissa = 23, bias = 127, terms = 7;
  static constexpr float magic = 12582912.0f, lowest = -87.0f;
};
template <> struct Bits<double> {
  static constexpr int mantissa = 52, bias = 1023, terms = 14;
  static constexpr double magic = 6755399441055744.0, lowest = -700.0;
};

// 1 + r / k (1 + r / (k + 1) (...)): the terms of exp(r) from the k-th on.
template <int K, int LAST, class A, class V> INLINE V series(V r) {
  if constexpr (K > LAST) return V{} + A(1);
  else return A(1) + r * A(1.0 / K) * series<K + 1, LAST, A>(r);
}

// exp(x) for x <= 0, branch-free.
template <class A, class V> INLINE V exponential(V x) {
  using B = Bits<A>;
  using I = typename Block<A>::Integers;
  x = x < B::lowest ? V{} + B::lowest : x;
  const V n = (x * A(1.4426950408889634) + B::magic) - B::magic;
  const V r = (x - n * A(0.693145751953125)) - n * A(1.42860682030941723212e-6);
  const I bits = (__builtin_convertvector(n, I) + B::bias) << B::mantissa;
  V scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return series<1, B::terms, A>(r) * scale;
}

enum Surrogate { DSPIKE, TRIANGLE, SUPERSPIKE, ARCTAN, RECTANGULAR, EXPONENTIAL };

// dy/du at x = u - threshold; `scale` is the factor that depends only on b.
template <int S, class A, class V> INLINE V slope(V x, V b, V scale) {
  const V none{}, size = x < none ? -x : x;
  if constexpr (S == DSPIKE) {
    const V e = exponential<A>(A(-2) * b * size);
    return size <= A(0.5) ? scale * A(4) * e / ((A(1) + e) * (A(1) + e)) : none;
  } else if constexpr (S == TRIANGLE) {
    return (size < A(1) ? A(1) - size : none) * b;
  } else if constexpr (S == SUPERSPIKE) {
    return A(1) / ((A(1) + b * size) * (A(1) + b * size));
  } else if constexpr (S == ARCTAN) {
    const V y = x * A(3.14159265358979323846);
    return scale / (A(1) + y * y);
  } else if constexpr (S == RECTANGULAR) {
    return b * size <= A(0.5) ? b : none;
  } else {
    return exponential<A>(-b * size) * scale;
  }
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
  static Vector load(const uint16_t* from) { return Slow<A>::some(from, Block<A>::EACH); }
  static void store(Vector x, uint16_t* to) { Slow<A>::put_some(x, to, Block<A>::EACH); }
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
  static INLINE void store(Vector x, uint16_t* to) {
    Words words = (Words)x;
    words = (words + 0x7fff + ((words >> 16) & 1)) >> 16;
    words = x != x ? Words{} + 0x7fc0 : words;
    const Halves halves = __builtin_convertvector(words, Halves);
    std::memcpy(to, &halves, sizeof halves);
  }
};

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
  INLINE Block<A> load(int64_t at, int n) const {
    if (pitch) return apart(at, n);
    if (!low) {
      OVER(i, A) __builtin_prefetch(static_cast<const A*>(data) + at + AHEAD * LANES + i * EACH);
      return block(static_cast<const A*>(data) + at, n);
    }
    const uint16_t* from = static_cast<const uint16_t*>(data) + at;
    for (int i = 0; i < LANES; i += 32) __builtin_prefetch(from + AHEAD * LANES + i);
    Block<A> x;
    OVER(i, A) {
      if (n >= (i + 1) * EACH) x.v[i] = Low<A>::load(from + i * EACH);
      else if (n > i * EACH) x.v[i] = Low<A>::some(from + i * EACH, n - i * EACH);
      else x.v[i] = typename Block<A>::Vector{};
    }
    return x;
  }
  // Loads several short rows with gaps between them.
  __attribute__((noinline)) Block<A> apart(int64_t at, int n) const {
    alignas(64) A to[LANES];
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
    return block(to, n);
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
      OVER(i, A) {
        if (n >= (i + 1) * EACH) Low<A>::store(x.v[i], to + i * EACH);
        else if (n > i * EACH) Low<A>::put_some(x.v[i], to + i * EACH, n - i * EACH);
      }
      return;
    }
    A* to = static_cast<A*>(data) + at;
#ifdef __AVX512F__
    // Bypasses the caches, which saves loading the old data: a result of this size isn't cached any more when it is read.
    if (past && n == LANES && reinterpret_cast<uintptr_t>(to) % 64 == 0) {
      OVER(i, A) _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i * EACH), (__m512i)x.v[i]);
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
    for (size_t j = 0; j < all.size(); ++j) all[j] = from[j % channels];
    return all;
  }
  int64_t length(int64_t g) const { return g == groups - 1 ? last : lanes; }
};

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
template <class A> INLINE Block<A> current(const std::vector<Term<A>>& ts, int64_t g, int64_t t, int64_t l, int n) {
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

template <class A> struct Neuron {
  A decay, threshold;
  bool hard, detach;
  // The membrane potential after the reset.
  template <class V> INLINE V kept(V u) const {
    return hard ? (u > threshold ? V{} : u) : u - (u > threshold ? V{} + threshold : V{});
  }
  static Neuron read(Arguments& a) {
    const double* d = a.address<const double>();
    Neuron n;
    n.decay = A(d[0]);
    n.threshold = A(d[1]);
    n.hard = a.number();
    n.detach = a.number();
    return n;
  }
};

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
      for (int64_t j = 0; j < width; ++j)
        to[j / shape.lanes * shape.channels + j % shape.lanes % shape.channels] += all[i * width + j];
  }
};

template <class A> void fire(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a, shape);
  const auto neuron = Neuron<A>::read(a);
  const auto before = Memory<A>::read(a), after = Memory<A>::read(a), spikes = Memory<A>::read(a);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t g = 0; g < shape.groups; ++g) {
    const int64_t length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const auto run = [&](int n) INLINED {
        Block<A> v = before.data ? before.load(g * before.group + l, n) : zeros<A>();
        for (int64_t t = 0; t < shape.steps; ++t) {
          Block<A> u = current(ts, g, t, l, n), y = zeros<A>();
          OVER(i, A) {
            u.v[i] += neuron.decay * v.v[i];
            y.v[i] = u.v[i] > neuron.threshold ? y.v[i] + A(1) : y.v[i];
            v.v[i] = neuron.kept(u.v[i]);
          }
          spikes.store(g * spikes.group + t * spikes.step + l, n, y);
        }
        if (after.data) after.store(g * after.group + l, n, v);
      };
      WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
    }
  }
}

template <class A> void moments(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto x = Memory<A>::read(a);
  const auto centre = shape.repeated(a.address<const A>());
  double* sum = a.address<double>();  // [2, channels]: sums of the differences from the centre, and of their squares
  const int64_t chunks = (shape.groups + CHUNK - 1) / CHUNK;
  Sums sums(threads, 2 * shape.lanes);
#pragma omp parallel num_threads(threads)
  {
    double* own = sums.mine();
    std::vector<A> part(2 * shape.lanes);
#pragma omp for schedule(static) collapse(2)
    for (int64_t t = 0; t < shape.steps; ++t) {
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        std::fill(part.begin(), part.end(), A(0));
        for (int64_t g = chunk * CHUNK; g < std::min(shape.groups, (chunk + 1) * CHUNK); ++g) {
          const int64_t length = shape.length(g);
          for (int64_t l = 0; l < length; l += LANES) {
            const auto run = [&](int n) INLINED {
              const Block<A> y = x.load(g * x.group + t * x.step + l, n), c = block(centre.data() + l, n);
              Block<A> one, two;
              OVER(i, A) {
                one.v[i] = y.v[i] - c.v[i];
                two.v[i] = one.v[i] * one.v[i];
              }
              add(one, part.data() + l, n);
              add(two, part.data() + shape.lanes + l, n);
            };
            WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
          }
        }
        for (int64_t j = 0; j < 2 * shape.lanes; ++j) own[j] += part[j];
      }
    }
  }
  sums.total(sum, shape);
}

// Writes dL/dI to `grad`. If a term is normed, also sums it per channel, alone and multiplied by each normed term.
template <int S, class A> void through_time(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a, shape);
  const auto neuron = Neuron<A>::read(a);
  const auto b = shape.repeated(a.address<const A>()), b_scale = shape.repeated(a.address<const A>());
  const auto before = Memory<A>::read(a), grad_spikes = Memory<A>::read(a), grad_after = Memory<A>::read(a);
  const auto grad_before = Memory<A>::read(a), grad = Memory<A>::read(a);
  double* sums = a.address<double>();  // [1 + terms, channels]
  const int64_t width = shape.lanes * int64_t(1 + ts.size());
  const bool normed = std::any_of(ts.begin(), ts.end(), [](const Term<A>& term) { return term.scale; });
  const int64_t chunks = (shape.groups + CHUNK - 1) / CHUNK;
  Sums all(threads, width);
#pragma omp parallel num_threads(threads)
  {
    double* own = all.mine();
    std::vector<A> part(width);
    std::vector<Block<A>> u(shape.steps);
    const A reset = neuron.detach ? A(0) : A(1);
#pragma omp for schedule(static)
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::fill(part.begin(), part.end(), A(0));
      for (int64_t g = chunk * CHUNK; g < std::min(shape.groups, (chunk + 1) * CHUNK); ++g) {
        const int64_t length = shape.length(g);
        for (int64_t l = 0; l < length; l += LANES) {
          const auto run = [&](int n) INLINED {
            const Block<A> lane_b = block(b.data() + l, n), lane_scale = block(b_scale.data() + l, n);
            Block<A> v = before.data ? before.load(g * before.group + l, n) : zeros<A>();
            for (int64_t t = 0; t < shape.steps; ++t) {
              Block<A> now = current(ts, g, t, l, n);
              OVER(i, A) {
                now.v[i] += neuron.decay * v.v[i];
                v.v[i] = neuron.kept(now.v[i]);
                u[t].v[i] = now.v[i];
              }
            }
            Block<A> carried = grad_after.data ? grad_after.load(g * grad_after.group + l, n) : zeros<A>();
            for (int64_t t = shape.steps - 1; t >= 0; --t) {
              const Block<A> upstream =
                  grad_spikes.data ? grad_spikes.load(g * grad_spikes.group + t * grad_spikes.step + l, n) : zeros<A>();
              Block<A> out;
              OVER(i, A) {
                using V = typename Block<A>::Vector;
                const V now = u[t].v[i], late = carried.v[i], none{};
                const V lost = neuron.hard ? now : none + neuron.threshold;
                const V total = upstream.v[i] - reset * late * lost;
                const V kept = neuron.hard ? (now > neuron.threshold ? none : late) : late;
                out.v[i] = total * slope<S, A>(now - neuron.threshold, lane_b.v[i], lane_scale.v[i]) + kept;
                carried.v[i] = neuron.decay * out.v[i];
              }
              grad.store(g * grad.group + t * grad.step + l, n, out);
              if (normed) add(out, part.data() + l, n);
              for (size_t k = 0; k < ts.size(); ++k) {
                if (!ts[k].scale) continue;
                Block<A> y = ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n);
                const Block<A> mean = block(ts[k].mean + l, n), inverse = block(ts[k].inverse + l, n);
                OVER(i, A) y.v[i] = out.v[i] * ((y.v[i] - mean.v[i]) * inverse.v[i]);
                add(y, part.data() + shape.lanes * int64_t(1 + k) + l, n);
              }
            }
            if (grad_before.data) grad_before.store(g * grad_before.group + l, n, carried);
          };
          WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
        }
      }
      for (int64_t j = 0; j < width; ++j) own[j] += part[j];
    }
  }
  all.total(sums, shape);
}

// dL/dy of each term from g = dL/dI, which the last one may overwrite. With a norm: scale (g - mean(g) - x mean(g x)), x normed.
template <class A> void through_norms(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a, shape);
  const auto grad = Memory<A>::read(a);
  std::vector<Memory<A>> outs;
  for (size_t k = 0; k < ts.size(); ++k) outs.push_back(Memory<A>::read(a));
  std::vector<A> means;  // [1 + terms, lanes]: of g, and of g x for each term; zeros with running statistics
  const A* from = a.address<const A>();
  for (size_t k = 0; k <= ts.size(); ++k)
    for (A mean : shape.repeated(from + k * shape.channels)) means.push_back(mean);
  const int64_t all = shape.steps * shape.groups;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t i = 0; i < all; ++i) {
    const int64_t t = i / shape.groups, g = i % shape.groups, length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const auto run = [&](int n) INLINED {
        const Block<A> in = grad.load(g * grad.group + t * grad.step + l, n);
        for (size_t k = 0; k < ts.size(); ++k) {
          if (!outs[k].data) continue;
          const int64_t at = g * outs[k].group + t * outs[k].step + l;
          if (!ts[k].scale) {
            outs[k].store(at, n, in);
            continue;
          }
          const Block<A> y = ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n);
          const Block<A> mean = block(ts[k].mean + l, n), inverse = block(ts[k].inverse + l, n), scale = block(ts[k].scale + l, n);
          const Block<A> first = block(means.data() + l, n), second = block(means.data() + shape.lanes * int64_t(1 + k) + l, n);
          Block<A> out;
          OVER(i, A)
            out.v[i] = scale.v[i] * (in.v[i] - first.v[i] - (y.v[i] - mean.v[i]) * inverse.v[i] * second.v[i]);
          outs[k].store(at, n, out);
        }
      };
      WITH_LENGTH(run, std::min<int64_t>(LANES, length - l));
    }
  }
}

// Packs spikes into bits, eight in a byte, the first in the lowest bit; and unpacks them.
template <class A> void pack(Arguments a) {
  const int threads = int(a.number());
  const int64_t count = a.number();
  const auto x = Memory<A>::read(a);
  uint8_t* bits = a.address<uint8_t>();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t at = 0; at < count; at += LANES) {
    A y[LANES];
    put(x.load(at, int(std::min<int64_t>(LANES, count - at))), y, LANES);
    for (int i = 0; i < LANES / 8; ++i) {
      int byte = 0;
      for (int j = 0; j < 8; ++j) byte |= (y[8 * i + j] != 0) << j;
      bits[at / 8 + i] = uint8_t(byte);
    }
  }
}

template <class A> void unpack(Arguments a) {
  const int threads = int(a.number());
  const int64_t count = a.number();
  const auto x = Memory<A>::read(a);
  const uint8_t* bits = a.address<const uint8_t>();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t at = 0; at < count; at += LANES) {
    A y[LANES];
    for (int j = 0; j < LANES; ++j) y[j] = A((bits[at / 8 + j / 8] >> (j % 8)) & 1);
    x.store(at, int(std::min<int64_t>(LANES, count - at)), block(y, LANES));
  }
}

template <class A> void through_time_of(int surrogate, Arguments a) {
  switch (surrogate) {
    case DSPIKE: return through_time<DSPIKE, A>(a);
    case TRIANGLE: return through_time<TRIANGLE, A>(a);
    case SUPERSPIKE: return through_time<SUPERSPIKE, A>(a);
    case ARCTAN: return through_time<ARCTAN, A>(a);
    case RECTANGULAR: return through_time<RECTANGULAR, A>(a);
    default: return through_time<EXPONENTIAL, A>(a);
  }
}

}  // namespace

extern "C" {
void fire_f32(const int64_t* a) { fire<float>({a}); }
void fire_f64(const int64_t* a) { fire<double>({a}); }
void moments_f32(const int64_t* a) { moments<float>({a}); }
void moments_f64(const int64_t* a) { moments<double>({a}); }
void through_time_f32(const int64_t* a) { through_time_of<float>(int(a[0]), {a + 1}); }
void through_time_f64(const int64_t* a) { through_time_of<double>(int(a[0]), {a + 1}); }
void through_norms_f32(const int64_t* a) { through_norms<float>({a}); }
void through_norms_f64(const int64_t* a) { through_norms<double>({a}); }
void pack_f32(const int64_t* a) { pack<float>({a}); }
void pack_f64(const int64_t* a) { pack<double>({a}); }
void unpack_f32(const int64_t* a) { unpack<float>({a}); }
void unpack_f64(const int64_t* a) { unpack<double>({a}); }
}
