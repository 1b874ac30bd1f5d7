// The gradient of the input of a convolution 3 x 3 or 3 x 3 x 3 with stride 1, by minimal filtering F(2 x 2, 3 x 3): 16 products in
// place of 36 for each 2 x 2 results (Lavin and Gray, CVPR 2016, Section 4.1).
//
// Values [B, D, H, W, C] have no gaps; D is 1 for two spatial axes. The gradient of the result, O channels, is cut into tiles of 4 x 4
// that overlap by 2; of each tile and channel there are 16 sums B' d B. The weights, turned by half a turn, become 16 matrices [O, C]
// of G g G'. The products of both are summed over O and, with three axes, over the tiles of three depths, separately for each of the
// 16; A' m A of these sums are the 2 x 2 results. Sums have one order, whatever the number of threads is.

#include <algorithm>
#include <vector>

#include <omp.h>

#include "rows.h"

namespace {

using V = Vector<float>;
using Lanes = V::Lanes;

constexpr int64_t L = V::LANES, PARTS = 16;
constexpr int ROWS = WIDTH == 64 ? 8 : 4, MOST = 3;  // tiles and vectors of channels whose sums are in registers together
constexpr int64_t NEAR = 768 << 10;                  // bytes of tiles that are processed together
constexpr int64_t TILES = 64;                        // the most of them

// The numbers of a vector, of which only the first n may be in memory.
inline Lanes load(const float* from, int64_t n) {
  if (n < L) return some(from, int(n));
  Lanes x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void store(Lanes x, float* to, int64_t n) {
  if (n < L) put_some(x, to, int(n));
  else std::memcpy(to, &x, sizeof x);
}

struct Map {
  int64_t threads, batch, depth, height, width, in, out, deep;
  static Map read(Arguments& a) {
    Map m;
    for (int64_t* n : {&m.threads, &m.batch, &m.depth, &m.height, &m.width, &m.in, &m.out, &m.deep}) *n = a.number();
    return m;
  }
  int64_t down() const { return (height + 1) / 2; }
  int64_t across() const { return (width + 1) / 2; }
  int64_t tiles() const { return batch * depth * down() * across(); }
  int64_t summands() const { return deep * in; }  // of a product
};

// Where the results of a tile are: the image of one depth, and the first line and column.
struct Place {
  int64_t image, y, x;
  Place(const Map& m, int64_t tile)
      : image(tile / (m.down() * m.across())), y(tile / m.across() % m.down() * 2), x(tile % m.across() * 2) {}
};

// G g G' of the turned weights [O, 3, 3, C] of one input and a vector of outputs.
inline void of_weights(const float* weight, int64_t pitch, int64_t n, Lanes (&u)[4][4]) {
  Lanes half[4][3];
  for (int x = 0; x < 3; ++x) {  // turned: the last line and column come first
    const Lanes a = load(weight + (8 - x) * pitch, n), b = load(weight + (5 - x) * pitch, n), c = load(weight + (2 - x) * pitch, n);
    half[0][x] = a, half[1][x] = (a + b + c) * 0.5f, half[2][x] = (a - b + c) * 0.5f, half[3][x] = c;
  }
  for (int y = 0; y < 4; ++y) {
    const Lanes a = half[y][0], b = half[y][1], c = half[y][2];
    u[y][0] = a, u[y][1] = (a + b + c) * 0.5f, u[y][2] = (a - b + c) * 0.5f, u[y][3] = c;
  }
}

// B' d B of a tile and a vector of channels.
inline void of_tile(const float* const (&tile)[4][4], int64_t at, int64_t n, Lanes (&v)[4][4]) {
  Lanes half[4][4];
  for (int x = 0; x < 4; ++x) {
    const Lanes a = load(tile[0][x] + at, n), b = load(tile[1][x] + at, n), c = load(tile[2][x] + at, n), d = load(tile[3][x] + at, n);
    half[0][x] = a - c, half[1][x] = b + c, half[2][x] = c - b, half[3][x] = b - d;
  }
  for (int y = 0; y < 4; ++y) {
    const Lanes a = half[y][0], b = half[y][1], c = half[y][2], d = half[y][3];
    v[y][0] = a - c, v[y][1] = b + c, v[y][2] = c - b, v[y][3] = b - d;
  }
}

// A' m A of a tile and a vector of channels.
inline void of_sums(const Lanes (&m)[4][4], Lanes (&y)[2][2]) {
  Lanes half[2][4];
  for (int x = 0; x < 4; ++x) {
    half[0][x] = m[0][x] + m[1][x] + m[2][x];
    half[1][x] = m[1][x] - m[2][x] - m[3][x];
  }
  for (int k = 0; k < 2; ++k) {
    y[k][0] = half[k][0] + half[k][1] + half[k][2];
    y[k][1] = half[k][1] - half[k][2] - half[k][3];
  }
}

// The product of some rows [ROWS, in] and a matrix [in, NB].
template <int NB> inline void product(const float* rows, int64_t in, const V* matrix, V* sums) {
  Lanes total[ROWS][NB];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) total[r][j] = Lanes{};
  for (int64_t k = 0; k < in; ++k, matrix += NB) {
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 8
      for (int j = 0; j < NB; ++j) total[r][j] += rows[r * in + k] * matrix[j].v;
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < NB; ++j) sums[r * NB + j].v = total[r][j];
}

// The 16 matrices [blocks, summands, NB] of the weights [O, deep, 3, 3, C].
template <int NB> void fill_matrices(const Map& m, const float* weight, V* matrices) {
  constexpr int64_t span = NB * L;
  const int64_t blocks = (m.out + span - 1) / span, summands = m.summands();
#pragma omp for schedule(static) collapse(2)
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t k = 0; k < summands; ++k)
      for (int64_t j = 0; j < NB; ++j) {
        const int64_t first = block * span + j * L, from = (k % m.in + 1) * m.deep - 1 - k / m.in;
        Lanes u[4][4] = {};
        if (first < m.out) of_weights(weight + from * 9 * m.out + first, m.out, m.out - first, u);
        for (int64_t p = 0; p < PARTS; ++p) matrices[((p * blocks + block) * summands + k) * NB + j].v = u[p / 4][p % 4];
      }
}

// The 16 rows [summands] of a tile, each `pitch` numbers behind the one before it.
inline void fill_rows(const Map& m, const float* grad, const Place& at, const float* none, float* rows, int64_t pitch) {
  for (int64_t kd = 0; kd < m.deep; ++kd) {
    const int64_t z = at.image % m.depth + kd - m.deep / 2, image = at.image + kd - m.deep / 2;
    const float* tile[4][4];
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t j = 0; j < 4; ++j) {
        const int64_t y = at.y - 1 + i, x = at.x - 1 + j;
        const bool inside = z >= 0 && z < m.depth && y >= 0 && y < m.height && x >= 0 && x < m.width;
        tile[i][j] = inside ? grad + ((image * m.height + y) * m.width + x) * m.in : none;
      }
    for (int64_t k = 0; k < m.in; k += L) {
      Lanes v[4][4];
      of_tile(tile, k, m.in - k, v);
      for (int64_t p = 0; p < PARTS; ++p) store(v[p / 4][p % 4], rows + p * pitch + kd * m.in + k, m.in - k);
    }
  }
}

// The results of a tile from its 16 sums, each `pitch` vectors behind the one before it, for channels from `first` on.
template <int NB> inline void put_results(const Map& m, const V* sums, int64_t pitch, const Place& at, int64_t first, float* found) {
  for (int64_t j = 0; j < NB && first < m.out; ++j, first += L) {
    Lanes totals[4][4], results[2][2];
    for (int64_t p = 0; p < PARTS; ++p) totals[p / 4][p % 4] = sums[p * pitch + j].v;
    of_sums(totals, results);
    for (int64_t i = 0; i < 2 && at.y + i < m.height; ++i)
      for (int64_t k = 0; k < 2 && at.x + k < m.width; ++k)
        store(results[i][k], found + ((at.image * m.height + at.y + i) * m.width + at.x + k) * m.out + first, m.out - first);
  }
}

template <int NB> void input_gradient(const Map& m, const float* grad, const float* weight, float* found) {
  const int64_t blocks = (m.out + NB * L - 1) / (NB * L), tiles = m.tiles(), summands = m.summands();
  const int64_t fit = std::min<int64_t>({TILES, NEAR / (PARTS * summands * int64_t(sizeof(float))), tiles / (2 * m.threads)});
  const int64_t most = std::max<int64_t>(fit / ROWS, 1) * ROWS;
  const int64_t pitch = most * summands + L, between = most * NB + 1;  // a vector more, so that caches keep all 16
  const Buffer<V> matrices(PARTS * blocks * summands * NB);
#pragma omp parallel num_threads(int(m.threads))
  {
    fill_matrices<NB>(m, weight, matrices.data);
    const std::vector<float> none(m.in);
    std::vector<float> rows(PARTS * pitch);      // [16, most, summands]
    const Buffer<V> sums(PARTS * between);       // [16, most, NB]
#pragma omp for schedule(dynamic, 1)
    for (int64_t begin = 0; begin < tiles; begin += most) {
      const int64_t many = std::min(most, tiles - begin);
      for (int64_t t = 0; t < many; ++t) fill_rows(m, grad, Place(m, begin + t), none.data(), rows.data() + t * summands, pitch);
      for (int64_t block = 0; block < blocks; ++block) {
        for (int64_t p = 0; p < PARTS; ++p)
          for (int64_t t = 0; t < many; t += ROWS)
            product<NB>(rows.data() + p * pitch + t * summands, summands, matrices.data + (p * blocks + block) * summands * NB,
                        sums.data + p * between + t * NB);
        for (int64_t t = 0; t < many; ++t)
          put_results<NB>(m, sums.data + t * NB, between, Place(m, begin + t), block * NB * L, found);
      }
    }
  }
}

template <int NB> void input_gradient_of(int64_t wanted, const Map& m, const float* grad, const float* weight, float* found) {
  if constexpr (NB > 0) {
    if (wanted == NB) return input_gradient<NB>(m, grad, weight, found);
    input_gradient_of<NB - 1>(wanted, m, grad, weight, found);
  }
}

}  // namespace

extern "C" void input_gradient_f32(const int64_t* from) {
  Arguments a{from};
  const Map m = Map::read(a);
  const float *grad = a.address<const float>(), *weight = a.address<const float>();
  float* found = a.address<float>();
  const int64_t vectors = (m.out + L - 1) / L, blocks = blocks_of(m.out, L, MOST);
  input_gradient_of<MOST>((vectors + blocks - 1) / blocks, m, grad, weight, found);
}
