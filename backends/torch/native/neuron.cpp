// Batch norms, their sum and spiking neurons over all time steps, computed row by row of channels.

#include "surrogates.h"
#include "terms.h"

namespace {

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
          Block<A> u = sum_of(ts, g, t, l, n), y = zeros<A>();
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

// The mean of each channel over a few rows in all parts of a tensor: so near to the mean of all that squares of differences from it
// don't cancel, as they would where values are far from 0.
template <class A> std::vector<A> near_means(const Shape& shape, const Memory<A>& x) {
  const int64_t all = shape.steps * shape.groups, seen = std::min<int64_t>(16, all);
  std::vector<double> sums(shape.channels);
  for (int64_t i = 0; i < seen; ++i) {
    const int64_t at = std::min(all - 1, (2 * i + 1) * all / (2 * seen) + i), t = at / shape.groups, g = at % shape.groups;
    for (int64_t l = 0; l < shape.channels; l += LANES) {
      const int n = int(std::min<int64_t>(LANES, shape.channels - l));
      A values[LANES];
      put(x.load(g * x.group + t * x.step + l, n, 0), values, n);
      for (int j = 0; j < n; ++j) sums[l + j] += values[j] / double(seen);
    }
  }
  return {sums.begin(), sums.end()};
}

template <class A> void moments(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto x = Memory<A>::read(a);
  double* sum = a.address<double>();  // [3, channels]: sums of the differences from a number, and of their squares; the number
  const std::vector<A> near = near_means(shape, x), centre = shape.repeated(near.data());
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
        const auto run = [&](int64_t l, int n, int64_t first, int64_t end) INLINED {
          const Block<A> c = block(centre.data() + l, n);
          Block<A> one = block(part.data() + l, n), two = block(part.data() + shape.lanes + l, n);
          for (int64_t g = first; g < end; ++g) {
            const Block<A> y = x.load(g * x.group + t * x.step + l, n, FEW * x.group);
            OVER(i, A) {
              const auto from_centre = y.v[i] - c.v[i];
              one.v[i] += from_centre;
              two.v[i] += from_centre * from_centre;
            }
          }
          put(one, part.data() + l, n);
          put(two, part.data() + shape.lanes + l, n);
        };
        few_groups(shape, chunk * CHUNK, std::min(shape.groups, (chunk + 1) * CHUNK), run);
        for (int64_t j = 0; j < 2 * shape.lanes; ++j) own[j] += part[j];
      }
    }
  }
  sums.total(sum, shape);
  std::copy(near.begin(), near.end(), sum + 2 * shape.channels);
}

// Writes dL/dI to `grad`. If a term is normed, also sums it per channel, alone and multiplied by each normed term.
template <int S, class A> void through_time(Arguments a) {
  const int threads = int(a.number());
  const Shape shape = Shape::read(a);
  const auto ts = terms<A>(a, shape);
  const auto given = Neuron<A>::read(a);
  const auto b = shape.repeated(a.address<const A>()), b_scale = shape.repeated(a.address<const A>());
  const auto before = Memory<A>::read(a), grad_spikes = Memory<A>::read(a), grad_after = Memory<A>::read(a);
  const auto grad_before = Memory<A>::read(a), grad = Memory<A>::read(a);
  double* sums = a.address<double>();  // [1 + terms, channels]
  const int64_t width = shape.lanes * int64_t(1 + ts.size());
  const int64_t chunks = (shape.groups + CHUNK - 1) / CHUNK;
  Sums all(threads, width);
#pragma omp parallel num_threads(threads)
  {
    double* own = all.mine();
    std::vector<A> part(width);
    std::vector<Block<A>> u(shape.steps);
#pragma omp for schedule(static)
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      std::fill(part.begin(), part.end(), A(0));
      for (int64_t g = chunk * CHUNK; g < std::min(shape.groups, (chunk + 1) * CHUNK); ++g) {
        const int64_t length = shape.length(g);
        for (int64_t l = 0; l < length; l += LANES) {
          const auto run = [&](int n) INLINED {
            const Neuron<A> neuron = given;  // so that stores can't change it
            const Block<A> lane_b = block(b.data() + l, n), lane_scale = block(b_scale.data() + l, n);
            sums_of(ts, shape.steps, g, l, n, u.data());
            Block<A> v = before.data ? before.load(g * before.group + l, n) : zeros<A>();
            for (int64_t t = 0; t < shape.steps; ++t) {
              OVER(i, A) {
                u[t].v[i] += neuron.decay * v.v[i];
                v.v[i] = neuron.kept(u[t].v[i]);
              }
            }
            Block<A> carried = grad_after.data ? grad_after.load(g * grad_after.group + l, n) : zeros<A>();
            for (int64_t t = shape.steps - 1; t >= 0; --t) {
              const Block<A> upstream =
                  grad_spikes.data ? grad_spikes.load(g * grad_spikes.group + t * grad_spikes.step + l, n) : zeros<A>();
              Block<A> total = upstream, kept = carried, now = u[t];
              if (!neuron.detach) {
                if (neuron.hard) OVER(i, A) total.v[i] = fused<A>(-carried.v[i], now.v[i], total.v[i]);
                else OVER(i, A) total.v[i] -= carried.v[i] * neuron.threshold;
              }
              if (neuron.hard) OVER(i, A) kept.v[i] = now.v[i] > neuron.threshold ? typename Block<A>::Vector{} : carried.v[i];
              OVER(i, A) {
                u[t].v[i] = fused<A>(total.v[i], slope<S, A>(now.v[i] - neuron.threshold, lane_b.v[i], lane_scale.v[i]), kept.v[i]);
                carried.v[i] = neuron.decay * u[t].v[i];
              }
              grad.store(g * grad.group + t * grad.step + l, n, u[t]);
            }
            add_norms(ts, u.data(), shape.steps, g, l, n, part.data(), shape.lanes);
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
  const double* sums = a.address<const double>();  // [1 + terms, channels]: of g, and of g x for each term
  const double share = *a.address<const double>();  // 1 / how many numbers were added; 0 with running statistics
  // dL/dy = scale g + first + second (y - mean), with `first` and `second` of each term and lane.
  const auto of_g = shape.repeated(sums);
  std::vector<A> first(ts.size() * shape.lanes), second(first.size());
  for (size_t k = 0; k < ts.size(); ++k) {
    const auto of_product = shape.repeated(sums + int64_t(1 + k) * shape.channels);
    for (int64_t j = 0; ts[k].scale && j < shape.lanes; ++j) {
      first[k * shape.lanes + j] = -ts[k].scale[j] * A(of_g[j] * share);
      second[k * shape.lanes + j] = -ts[k].scale[j] * ts[k].inverse[j] * A(of_product[j] * share);
    }
  }
  const int64_t all = shape.steps * shape.groups;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (int64_t i = 0; i < all; ++i) {
    const int64_t t = i / shape.groups, g = i % shape.groups, length = shape.length(g);
    for (int64_t l = 0; l < length; l += LANES) {
      const auto run = [&](int n) INLINED {
        const Block<A> in = grad.load(g * grad.group + t * grad.step + l, n);
        for (size_t k = 0; k < ts.size(); ++k) {
          if (!outs[k].data) continue;
          Block<A> out = in;
          if (ts[k].scale) {
            const Block<A> y = ts[k].y.load(g * ts[k].y.group + t * ts[k].y.step + l, n);
            const Block<A> mean = block(ts[k].mean + l, n), scale = block(ts[k].scale + l, n);
            const Block<A> one = block(first.data() + k * shape.lanes + l, n), two = block(second.data() + k * shape.lanes + l, n);
            OVER(i, A) out.v[i] = fused<A>(y.v[i] - mean.v[i], two.v[i], fused<A>(in.v[i], scale.v[i], one.v[i]));
          }
          outs[k].store(g * outs[k].group + t * outs[k].step + l, n, out);
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
int lanes() { return LANES; }
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
