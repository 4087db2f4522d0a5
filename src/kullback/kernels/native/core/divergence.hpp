// Rows of probabilities: one pass gives the sum of the terms and all that validation asks for.
//
// KL of the normalised rows follows from sum D, P = sum p and sum (p - q) (see `kl_of` in finish.hpp).
// A block of vectors is first taken by the branch-free formulas, which notes the smallest entry; a
// zero, subnormal or negative entry shows there and the block is done again with care. NaN and
// infinity show in the sums of p and p - q, which are then not finite.
#pragma once

#include "ratio.hpp"
#include "sums.hpp"

namespace kullback {
namespace KULLBACK_ISA {

// Short enough for plain addition inside it, long enough to hide what its end costs.
constexpr std::ptrdiff_t block_vectors = 32;

template <class T>
struct RowSums {
  LongSums<T> terms, mass, gap;
};

template <class T>
struct BlockSums {
  V<T> terms{}, mass{}, gap{}, least = splat<T>(T(1));

  template <bool careful>
  __attribute__((always_inline)) void add(V<T> p, V<T> q) {
    least = smaller<T>(p, smaller<T>(q, least));
    mass += p;
    gap += p - q;
    terms += careful ? careful_term<T>(p, q) : plain_term<T>(p, q);
  }
  __attribute__((always_inline)) bool plain() const { return !any<T>(least < Format<T>::low); }
  __attribute__((always_inline)) void add_to(RowSums<T>& row) const {
    row.terms.add(terms);
    row.mass.add(mass);
    row.gap.add(gap);
  }
};

template <class T, bool careful>
KULLBACK_INLINE BlockSums<T> sum_block(const T* p, const T* q, std::ptrdiff_t vectors) {
  BlockSums<T> block;
  for (std::ptrdiff_t i = 0; i < vectors; ++i)
    block.template add<careful>(load<T>(p + i * lanes<T>), load<T>(q + i * lanes<T>));
  return block;
}

// Not inlined: it's the rarer road, and the common one should stay small.
template <class T>
static __attribute__((noinline)) void add_careful_block(const T* p, const T* q, std::ptrdiff_t vectors,
                                                        RowSums<T>& row) {
  sum_block<T, true>(p, q, vectors).add_to(row);
}

// The last n < lanes entries of a row of `length`: lanes without an entry hold p = q = 1 for the term, 0 for
// the sums. Where the row is long enough the load reaches back, which is quicker than copying.
template <class T>
KULLBACK_INLINE void add_tail(const T* p, const T* q, std::ptrdiff_t n, std::ptrdiff_t length, RowSums<T>& row) {
  V<T> last_p, last_q;
  M<T> live;
  if (length >= lanes<T>) {
    last_p = load<T>(p + n - lanes<T>);
    last_q = load<T>(q + n - lanes<T>);
    live = lanes_from<T>(lanes<T> - n);
  } else {
    last_p = last_q = splat<T>(1);
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      last_p[i] = p[i];
      last_q[i] = q[i];
    }
    live = ~lanes_from<T>(n);
  }
  const V<T> one = splat<T>(1), zero{};
  const V<T> one_p = live ? last_p : one, one_q = live ? last_q : one;
  const bool plain = !any<T>(smaller<T>(one_p, one_q) < Format<T>::low);
  row.terms.add(plain ? plain_term<T>(one_p, one_q) : careful_term<T>(one_p, one_q));
  row.mass.add(live ? last_p : zero);
  row.gap.add(live ? last_p - last_q : zero);
}

// Adds one contiguous row, or a piece of one, to `out`.
template <class T>
void add_row(const T* p, const T* q, std::ptrdiff_t n, DivergenceSums& out) {
  const std::ptrdiff_t vectors = n / lanes<T>, whole = vectors * lanes<T>;
  bool careful = false;  // oddities come in company: after one, do not try the quick road next
  for (;;) {
    RowSums<T> row;
    for (std::ptrdiff_t done = 0; done < vectors; done += block_vectors) {
      const std::ptrdiff_t count = vectors - done < block_vectors ? vectors - done : block_vectors;
      const T *at_p = p + done * lanes<T>, *at_q = q + done * lanes<T>;
      if (!careful) {
        const BlockSums<T> block = sum_block<T, false>(at_p, at_q, count);
        if (block.plain()) {
          block.add_to(row);
          continue;
        }
      }
      add_careful_block<T>(at_p, at_q, count, row);
    }
    if (whole < n) add_tail<T>(p + whole, q + whole, n - whole, n, row);
    const DivergenceSums sums = {row.terms.across(), row.mass.across(), row.gap.across()};
    // Huge entries pass the test on the least one. The sums tell of them, and of infinity and NaN.
    const double size = sums.mass.sum, other = size - sums.gap.sum;
    if (careful || (size <= Format<T>::high && other <= Format<T>::high)) return out.add(sums);
    careful = true;
  }
}

// Many short rows at once, one in each lane: no lane is wasted and nothing is summed across lanes.
// Rows are `step_p` and `step_q` entries apart.
template <class T>
KULLBACK_INLINE bool sum_abreast(const T* p, std::ptrdiff_t step_p, const T* q, std::ptrdiff_t step_q,
                                 std::ptrdiff_t n, RowSums<T>& row) {
  constexpr std::ptrdiff_t turns = 8;  // fewer than in a long row, where lanes share what rounding does
  V<T> least = splat<T>(T(1));
  for (std::ptrdiff_t done = 0; done < n;) {
    BlockSums<T> block;
    const std::ptrdiff_t end = n - done < turns ? n : done + turns;
    for (; done < end; ++done) {
      V<T> at_p, at_q;
      for (std::ptrdiff_t i = 0; i < lanes<T>; ++i) {
        at_p[i] = p[i * step_p + done];
        at_q[i] = q[i * step_q + done];
      }
      block.template add<false>(at_p, at_q);
    }
    block.add_to(row);
    least = smaller<T>(least, block.least);
  }
  const V<T> size = row.mass.sum, other = size - row.gap.sum;
  return !any<T>(~((least >= Format<T>::low) & (size <= Format<T>::high) & (other <= Format<T>::high)));
}

template <class T>
void sum_rows(const T* p, std::ptrdiff_t step_p, const T* q, std::ptrdiff_t step_q, std::ptrdiff_t rows,
              std::ptrdiff_t n, DivergenceSums* out) {
  constexpr std::ptrdiff_t short_row = 64;
  std::ptrdiff_t done = 0;
  if (n <= short_row)
    for (; done + lanes<T> <= rows; done += lanes<T>) {
      const T *at_p = p + done * step_p, *at_q = q + done * step_q;
      RowSums<T> row;
      if (sum_abreast<T>(at_p, step_p, at_q, step_q, n, row)) {
        for (std::ptrdiff_t i = 0; i < lanes<T>; ++i) {
          out[done + i].terms = {double(row.terms.sum[i]), double(row.terms.rest[i])};
          out[done + i].mass = {double(row.mass.sum[i]), double(row.mass.rest[i])};
          out[done + i].gap = {double(row.gap.sum[i]), double(row.gap.rest[i])};
        }
        continue;
      }
      for (std::ptrdiff_t i = 0; i < lanes<T>; ++i) {
        out[done + i] = {};
        add_row<T>(at_p + i * step_p, at_q + i * step_q, n, out[done + i]);
      }
    }
  for (; done < rows; ++done) {
    out[done] = {};
    add_row<T>(p + done * step_p, q + done * step_q, n, out[done]);
  }
}


}  // namespace KULLBACK_ISA
}  // namespace kullback
