// Batch norms, their sum and spiking neurons over all steps, in sweeps over rows of channels.
//
// A tensor [T, N, C, *size] is kept with its channels last: T * M rows (M pixels of all samples) of C numbers. Where rows follow
// each other without gaps, several are taken as one, so that a handful of channels still fills the vector registers; the
// parameters of the channels come repeated to that length. What is added up is A, float or double; what is stored is A or bfloat16.
// Every function takes one array of 64-bit integers: numbers and addresses, in the order in which `Arguments` reads them.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <omp.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace {

constexpr int LANES = 64;   // numbers that are worked on together
constexpr int CHUNK = 128;  // groups whose sums are kept in A before they go to double

struct Arguments {
  const int64_t* at;
  int64_t number() { return *at++; }
  template <class P> P* address() { return reinterpret_cast<P*>(*at++); }
};

template <class A> struct Bits;
template <> struct Bits<float> {
  using Int = int32_t;
  static constexpr int mantissa = 23, bias = 127, terms = 7;
  static constexpr float magic = 12582912.0f, lowest = -87.0f;
};
template <> struct Bits<double> {
  using Int = int64_t;
  static constexpr int mantissa = 52, bias = 1023, terms = 14;
  static constexpr double magic = 6755399441055744.0, lowest = -700.0;
};

// 1 + r / k (1 + r / (k + 1) (...)): the terms of exp(r) from the k-th on, written out so that the loops around it are vectorised.
template <int K, int LAST, class A> inline A series(A r) {
  if constexpr (K > LAST) return 1;
  else return 1 + r * A(1.0 / K) * series<K + 1, LAST>(r);
}

// exp(x) for x <= 0, without a branch.
template <class A> inline A exponential(A x) {
  using B = Bits<A>;
  x = x < B::lowest ? B::lowest : x;
  const A n = (x * A(1.4426950408889634) + B::magic) - B::magic;
  const A r = (x - n * A(0.693145751953125)) - n * A(1.42860682030941723212e-6);
  const A sum = series<1, B::terms>(r);
  const typename B::Int bits = (typename B::Int(n) + B::bias) << B::mantissa;
  A scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return sum * scale;
}

enum Surrogate { DSPIKE, TRIANGLE, SUPERSPIKE, ARCTAN, RECTANGULAR, EXPONENTIAL };

// dy/du at x = u - threshold; `scale` is what the formula has of b alone.
template <int S, class A> inline A slope(A x, A b, A scale) {
  const A size = x < 0 ? -x : x;
  if constexpr (S == DSPIKE) {
    const A e = exponential(-2 * b * size);
    const A value = scale * 4 * e / ((1 + e) * (1 + e));
    return size <= A(0.5) ? value : 0;
  } else if constexpr (S == TRIANGLE) {
    return (size < 1 ? 1 - size : 0) * b;
  } else if constexpr (S == SUPERSPIKE) {
    return 1 / ((1 + b * size) * (1 + b * size));
  } else if constexpr (S == ARCTAN) {
    const A y = x * A(3.14159265358979323846);
    return scale / (1 + y * y);
  } else if constexpr (S == RECTANGULAR) {
    return b * size <= A(0.5) ? b : 0;
  } else {
    return exponential(-b * size) * scale;
  }
}

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

// A tensor's memory: bfloat16 or A.
template <class A> struct Memory {
  void* data;
  int64_t low, group, step;   // whether bfloat16; numbers from group to group, and from step to step
  int64_t channels, pitch;    // of a row, and from row to row; no pitch where rows follow each other
  int64_t past;               // whether it is too large for the caches

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
  void load(int64_t at, int n, A* to) const {
    if (!pitch) return run(at, n, to);
    switch (channels) {
      case 4: return rows<4>(at, n, to);
      case 8: return rows<8>(at, n, to);
      case 12: return rows<12>(at, n, to);
      case 16: return rows<16>(at, n, to);
      default:
        for (int64_t j = 0; j < n; j += channels, at += pitch) run(at, int(std::min<int64_t>(channels, n - j)), to + j);
    }
  }
  // Several short rows with gaps between them.
  template <int C> void rows(int64_t at, int n, A* to) const {
    for (int j = 0; j < n; j += C, at += pitch) {
      if (low) for (int k = 0; k < C; ++k) to[j + k] = widened(static_cast<const uint16_t*>(data)[at + k]);
      else std::memcpy(to + j, static_cast<const A*>(data) + at, C * sizeof(A));
    }
  }
  void run(int64_t at, int n, A* to) const {
    if (low) {
      const uint16_t* from = static_cast<const uint16_t*>(data) + at;
      if (n == LANES) for (int j = 0; j < LANES; ++j) to[j] = widened(from[j]);
      else for (int j = 0; j < n; ++j) to[j] = widened(from[j]);
    } else {
      std::memcpy(to, static_cast<const A*>(data) + at, n * sizeof(A));
    }
  }
  void store(int64_t at, int n, const A* from) const {
    if (low) {
      uint16_t* to = static_cast<uint16_t*>(data) + at;
      if (n == LANES) for (int j = 0; j < LANES; ++j) to[j] = rounded(float(from[j]));
      else for (int j = 0; j < n; ++j) to[j] = rounded(float(from[j]));
    } else {
      A* to = static_cast<A*>(data) + at;
#ifdef __AVX512F__
      // Past the caches, which needn't fetch first what is written over: no result of this size is still in them when it is read.
      if (past && n == LANES && reinterpret_cast<uintptr_t>(to) % 64 == 0) {
        const char* source = reinterpret_cast<const char*>(from);
        for (size_t j = 0; j < LANES * sizeof(A); j += 64)
          _mm512_stream_si512(reinterpret_cast<__m512i*>(reinterpret_cast<char*>(to) + j), _mm512_loadu_si512(source + j));
        return;
      }
#endif
      std::memcpy(to, from, n * sizeof(A));
    }
  }
};

// How the rows of one step are cut: `groups` of `lanes` numbers, the last perhaps shorter.
struct Shape {
  int64_t steps, groups, lanes, last;
  static Shape read(Arguments& a) {
    Shape s;
    s.steps = a.number();
    s.groups = a.number();
    s.lanes = a.number();
    s.last = a.number();
    return s;
  }
  int64_t length(int64_t g) const { return g == groups - 1 ? last : lanes; }
};

template <class A> struct Term {
  Memory<A> y;
  const A *scale, *shift, *mean, *inverse;  // of a norm; null where the term is added as it is
  static Term read(Arguments& a) {
    Term t;
    t.y = Memory<A>::read(a);
    t.scale = a.address<const A>();
    t.shift = a.address<const A>();
    t.mean = a.address<const A>();
    t.inverse = a.address<const A>();
    return t;
  }
};

template <class A> std::vector<Term<A>> terms(Arguments& a) {
  std::vector<Term<A>> found(a.number());
  for (auto& t : found) t = Term<A>::read(a);
  return found;
}

// The current of one step: the sum of the terms, normed where they have a norm.
template <class A> inline void current(const std::vector<Term<A>>& ts, int64_t g, int64_t t, int64_t l, int n, A* sum) {
  A y[LANES];
  bool first = true;
  for (const auto& term : ts) {
    term.y.load(g * term.y.group + t * term.y.step + l, n, y);
    if (term.scale) {
      const A *scale = term.scale + l, *shift = term.shift + l;
      if (n == LANES) for (int j = 0; j < LANES; ++j) y[j] = y[j] * scale[j] + shift[j];
      else for (int j = 0; j < n; ++j) y[j] = y[j] * scale[j] + shift[j];
    }
    if (first) std::memcpy(sum, y, sizeof y);
    else for (int j = 0; j < LANES; ++j) sum[j] += y[j];
    first = false;
  }
}

template <class A> struct Neuron {
  A decay, threshold;
  bool hard, detach;
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

// What each thread adds up, joined in the threads' order, so that the same call gives the same sums.
struct Sums {
  int threads;
  int64_t width;
  std::vector<double> all;
  Sums(int threads, int64_t width) : threads(threads), width(width), all(threads * width, 0.0) {}
  double* mine() { return all.data() + omp_get_thread_num() * width; }
  void total(double* to) const {
    for (int i = 0; i < threads; ++i)
      for (int64_t j = 0; j < width; ++j) to[j] += all[i * width + j];
  }
};

template <class A> void fire(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a);
  const auto neuron = Neuron<A>::read(a);
  const auto before = Memory<A>::read(a), after = Memory<A>::read(a), spikes = Memory<A>::read(a);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t g = 0; g < shape.groups; ++g) {
    const int64_t length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const int n = int(std::min<int64_t>(LANES, length - l));
      A v[LANES] = {}, u[LANES] = {}, y[LANES] = {};
      if (before.data) before.load(g * before.group + l, n, v);
      for (int64_t t = 0; t < shape.steps; ++t) {
        current(ts, g, t, l, n, u);
        for (int j = 0; j < LANES; ++j) {
          u[j] += neuron.decay * v[j];
          y[j] = u[j] > neuron.threshold ? A(1) : A(0);
          v[j] = neuron.hard ? (u[j] > neuron.threshold ? A(0) : u[j]) : u[j] - neuron.threshold * y[j];
        }
        spikes.store(g * spikes.group + t * spikes.step + l, n, y);
      }
      if (after.data) after.store(g * after.group + l, n, v);
    }
  }
}

template <class A> void moments(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto x = Memory<A>::read(a);
  const A* centre = a.address<const A>();
  double* sum = a.address<double>();  // [2, lanes]: of the distances from the centre, and of their squares
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
            const int n = int(std::min<int64_t>(LANES, length - l));
            A y[LANES];
            x.load(g * x.group + t * x.step + l, n, y);
            A *one = part.data() + l, *two = part.data() + shape.lanes + l;
            const A* c = centre + l;
            for (int j = 0; j < n; ++j) {
              const A d = y[j] - c[j];
              one[j] += d;
              two[j] += d * d;
            }
          }
        }
        for (int64_t j = 0; j < 2 * shape.lanes; ++j) own[j] += part[j];
      }
    }
  }
  sums.total(sum);
}

// dL/dI into `grad`, and per channel its sum and that of its product with each normed term.
template <int S, class A> void through_time(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a);
  const auto neuron = Neuron<A>::read(a);
  const A *b = a.address<const A>(), *b_scale = a.address<const A>();
  const auto before = Memory<A>::read(a), grad_spikes = Memory<A>::read(a), grad_after = Memory<A>::read(a);
  const auto grad_before = Memory<A>::read(a), grad = Memory<A>::read(a);
  double* sums = a.address<double>();  // [1 + terms, lanes]
  const int64_t width = shape.lanes * int64_t(1 + ts.size());
  const int64_t chunks = (shape.groups + CHUNK - 1) / CHUNK;
  Sums all(threads, width);
#pragma omp parallel num_threads(threads)
  {
    double* own = all.mine();
    std::vector<A> part(width), u(shape.steps * LANES);
#pragma omp for schedule(static)
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::fill(part.begin(), part.end(), A(0));
      for (int64_t g = chunk * CHUNK; g < std::min(shape.groups, (chunk + 1) * CHUNK); ++g) {
        const int64_t length = shape.length(g);
        for (int64_t l = 0; l < length; l += LANES) {
          const int n = int(std::min<int64_t>(LANES, length - l));
          A v[LANES] = {}, carried[LANES] = {}, upstream[LANES] = {}, lane_b[LANES] = {}, lane_scale[LANES] = {};
          std::memcpy(lane_b, b + l, n * sizeof(A));
          std::memcpy(lane_scale, b_scale + l, n * sizeof(A));
          if (before.data) before.load(g * before.group + l, n, v);
          for (int64_t t = 0; t < shape.steps; ++t) {
            A now[LANES];
            current(ts, g, t, l, n, now);
            for (int j = 0; j < LANES; ++j) {
              now[j] += neuron.decay * v[j];
              v[j] = neuron.hard ? (now[j] > neuron.threshold ? A(0) : now[j])
                                 : now[j] - (now[j] > neuron.threshold ? neuron.threshold : A(0));
            }
            std::memcpy(u.data() + t * LANES, now, sizeof now);
          }
          if (grad_after.data) grad_after.load(g * grad_after.group + l, n, carried);
          const A reset = neuron.detach ? A(0) : A(1);
          for (int64_t t = shape.steps - 1; t >= 0; --t) {
            A now[LANES], slopes[LANES], out[LANES];
            std::memcpy(now, u.data() + t * LANES, sizeof now);
            for (int j = 0; j < LANES; ++j) slopes[j] = slope<S>(now[j] - neuron.threshold, lane_b[j], lane_scale[j]);
            if (grad_spikes.data) grad_spikes.load(g * grad_spikes.group + t * grad_spikes.step + l, n, upstream);
            for (int j = 0; j < LANES; ++j) {
              const A lost = neuron.hard ? now[j] : neuron.threshold;
              const A total = upstream[j] - reset * carried[j] * lost;
              const A kept = neuron.hard && now[j] > neuron.threshold ? A(0) : carried[j];
              out[j] = total * slopes[j] + kept;
              carried[j] = neuron.decay * out[j];
            }
            grad.store(g * grad.group + t * grad.step + l, n, out);
            A* sum = part.data() + l;
            for (int j = 0; j < n; ++j) sum[j] += out[j];
            for (size_t k = 0; k < ts.size(); ++k) {
              if (!ts[k].scale) continue;
              A y[LANES];
              ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n, y);
              const A *mean = ts[k].mean + l, *inverse = ts[k].inverse + l;
              A* product = part.data() + shape.lanes * int64_t(1 + k) + l;
              for (int j = 0; j < n; ++j) product[j] += out[j] * ((y[j] - mean[j]) * inverse[j]);
            }
          }
          if (grad_before.data) grad_before.store(g * grad_before.group + l, n, carried);
        }
      }
      for (int64_t j = 0; j < width; ++j) own[j] += part[j];
    }
  }
  all.total(sums);
}

// dL/dy of each term, from dL/dI: of a normed one scale (g - mean(g) - x mean(g x)), with x the normed value.
template <class A> void through_norms(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a);
  const auto grad = Memory<A>::read(a);
  std::vector<Memory<A>> outs;
  for (size_t k = 0; k < ts.size(); ++k) outs.push_back(Memory<A>::read(a));
  const A* means = a.address<const A>();  // [1 + terms, lanes]: of g, and of g x for each term; zeros by running statistics
  const int64_t all = shape.steps * shape.groups;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t i = 0; i < all; ++i) {
    const int64_t t = i / shape.groups, g = i % shape.groups, length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const int n = int(std::min<int64_t>(LANES, length - l));
      A in[LANES], y[LANES], out[LANES];
      grad.load(g * grad.group + t * grad.step + l, n, in);
      for (size_t k = 0; k < ts.size(); ++k) {
        if (!outs[k].data) continue;
        const int64_t at = g * outs[k].group + t * outs[k].step + l;
        if (!ts[k].scale) {
          outs[k].store(at, n, in);
          continue;
        }
        ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n, y);
        const A *mean = ts[k].mean + l, *inverse = ts[k].inverse + l, *scale = ts[k].scale + l;
        const A *first = means + l, *second = means + shape.lanes * int64_t(1 + k) + l;
        if (n == LANES)
          for (int j = 0; j < LANES; ++j) out[j] = scale[j] * (in[j] - first[j] - (y[j] - mean[j]) * inverse[j] * second[j]);
        else
          for (int j = 0; j < n; ++j) out[j] = scale[j] * (in[j] - first[j] - (y[j] - mean[j]) * inverse[j] * second[j]);
        outs[k].store(at, n, out);
      }
    }
  }
}

// Spikes as bits, eight numbers in a byte, the first in the lowest; and back.
template <class A> void pack(Arguments a) {
  const int threads = int(a.number());
  const int64_t count = a.number();
  const auto x = Memory<A>::read(a);
  uint8_t* bits = a.address<uint8_t>();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t block = 0; block < count; block += LANES) {
    A y[LANES] = {};
    x.load(block, int(std::min<int64_t>(LANES, count - block)), y);
    for (int i = 0; i < LANES / 8; ++i) {
      int byte = 0;
      for (int j = 0; j < 8; ++j) byte |= (y[8 * i + j] != 0) << j;
      bits[block / 8 + i] = uint8_t(byte);
    }
  }
}

template <class A> void unpack(Arguments a) {
  const int threads = int(a.number());
  const int64_t count = a.number();
  const auto x = Memory<A>::read(a);
  const uint8_t* bits = a.address<const uint8_t>();
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t block = 0; block < count; block += LANES) {
    A y[LANES];
    for (int j = 0; j < LANES; ++j) y[j] = A((bits[block / 8 + j / 8] >> (j % 8)) & 1);
    x.store(block, int(std::min<int64_t>(LANES, count - block)), y);
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
