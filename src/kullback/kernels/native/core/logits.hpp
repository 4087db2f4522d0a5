// D(softmax a || softmax b) from logits, without forming either softmax.
//
// Let e = exp(a - max a), c = (b - a) - m for any centre m, and E[.] the mean under weights e. Then
//    K = log E[exp c] - E[c] = log1pmx(t) + E[psi(c)],   t = E[exp c] - 1,   psi(c) = exp c - 1 - c >= 0
// with log1pmx(t) = log(1 + t) - t. With m near E[b - a] the first part is of second order beside the
// second, whose terms cannot cancel; so the centre is moved there when the first guess was poor.
//
// b - a is taken with its rounding error (Knuth's TwoDiff), and m as head + tail: where b is a plus a
// constant plus a little, the little is all that counts.
//
// Writing c = k ln 2 + r, f = e exp(c) and f' = e 2^k,
//    e psi(c) = f' psi(r) + (f' - e)(1 + r) - e k ln 2,     and for k = 0 this is e psi(r) exactly.
#pragma once

#include <cmath>

#include "coefficients.hpp"
#include "sums.hpp"
#include "vec.hpp"

namespace kullback {

// The row's first pass. `b_at_top` is b where a is largest.
template <class T>
struct LogitRange {
  T top_a = -T(__builtin_inf()), top_b = top_a, low_a = -top_a, low_b = -top_a, b_at_top = 0;
};

// x = a - top and c = (b - a) - centre; `reach` bounds how small e and f may be in the quick pass.
template <class T>
struct LogitCentre {
  T top, head, tail;
  T base;  // top + centre: f = exp(b - base)

  __attribute__((always_inline)) LogitCentre(T top_a, double centre)
      : top(top_a), head(T(centre)), tail(T(centre - double(head))), base(T(double(top_a) + centre)) {}
};

// Below exp(-reach) a weight is left out by the masked pass, and the quick pass isn't allowed.
template <class T>
constexpr T reach = sizeof(T) == 8 ? T(700) : T(80);

struct LogitSums {
  LongSum weight;  // sum e
  LongSum first;   // sum e c
  LongSum excess;  // sum e psi(c)
  LongSum growth;  // sum (f - e)
  bool infinite = false, undefined = false;
};

// Means and normaliser, for the gradients: p = exp(a - top)/weight, q = p exp(c - kl) with c centred on its mean.
struct LogitRow {
  double centre, weight, kl;
};

namespace KULLBACK_ISA {

KULLBACK_INLINE V<double> exp_remainder(V<double> r) { return polynomial<double>(exp_double, r); }
KULLBACK_INLINE V<float> exp_remainder(V<float> r) { return polynomial<float>(exp_float, r); }

// x = k ln 2 + r, |r| <= ln2/2; `exponent` is k where a float keeps its exponent.
template <class T>
struct ReducedExp {
  V<T> k, r;
  B<T> exponent;
};

template <class T>
KULLBACK_INLINE ReducedExp<T> reduce_exp(V<T> x) {
  using F = Format<T>;
  constexpr T log2e = T(1.4426950408889634);
  constexpr T to_integer = T(3) * T(typename F::Bits(1) << (F::fraction_bits - 1));  // 1.5 / ulp(1)
  const V<T> shifted = x * log2e + to_integer, k = shifted - to_integer;
  return {k, (x - k * F::ln2_head) - k * F::ln2_tail, (B<T>)shifted << F::fraction_bits};
}

template <class T>
KULLBACK_INLINE V<T> times_power_of_two(V<T> v, B<T> exponent) {
  return (V<T>)((B<T>)v + exponent);
}

// psi(r) = exp r - 1 - r for a reduced r.
template <class T>
KULLBACK_INLINE V<T> psi(V<T> r) {
  return r * r * exp_remainder(r);
}

template <class T>
KULLBACK_INLINE V<T> plain_exp(V<T> x) {
  const ReducedExp<T> w = reduce_exp<T>(x);
  return times_power_of_two<T>(1 + (w.r + psi<T>(w.r)), w.exponent);
}

// (b - a) - centre, with the rounding error of b - a.
template <class T>
KULLBACK_INLINE V<T> centred(V<T> a, V<T> b, const LogitCentre<T>& at) {
  const V<T> w = b - a, b_part = w - b;
  const V<T> rounding = (b - (w - b_part)) - (a + b_part);
  return (w - at.head) + (rounding - at.tail);
}

template <class T>
struct LogitTerms {
  V<T> weight, first, excess;
};

template <class T>
KULLBACK_INLINE LogitTerms<T> logit_terms(V<T> e, V<T> c, V<T> reduced_c) {
  using F = Format<T>;
  const ReducedExp<T> w = reduce_exp<T>(reduced_c);
  const V<T> scaled = times_power_of_two<T>(e, w.exponent);
  const V<T> step = (scaled - e) * (1 + w.r) - e * (w.k * F::ln2_head + w.k * F::ln2_tail);
  return {e, e * c, scaled * psi<T>(w.r) + step};
}

template <class T>
struct LogitBlock {
  V<T> weight{}, first{}, excess{};

  __attribute__((always_inline)) void add(const LogitTerms<T>& x) {
    weight += x.weight;
    first += x.first;
    excess += x.excess;
  }
};

template <class T>
struct LogitRowSums {
  LongSums<T> weight, first, excess;

  __attribute__((always_inline)) void add(const LogitBlock<T>& block) {
    weight.add(block.weight);
    first.add(block.first);
    excess.add(block.excess);
  }
};

// Which parts of a masked or far-off pair are there to be seen. NaN belongs nowhere.
template <class T>
struct Visible {
  M<T> in_p, in_q, far;
};

// A difference this large times a weight this small may still count (b masked with the lowest float).
template <class T>
constexpr T far_difference = T(-0x1p40);
template <class T>
constexpr T far_weight = sizeof(T) == 8 ? T(-1000) : T(-200);

template <class T>
KULLBACK_INLINE Visible<T> visible(V<T> x, V<T> y, V<T> difference) {
  return {x >= -reach<T>, y >= -reach<T>, (x >= far_weight<T>)&(difference < far_difference<T>)};
}

// Any pair. Where only e or only f is there to be seen, e psi(c) = f - e(1 + c) has nothing to cancel.
template <class T>
KULLBACK_INLINE LogitTerms<T> masked_terms(V<T> a, V<T> b, const LogitCentre<T>& at, LogitSums& out) {
  const V<T> infinity = splat<T>(T(__builtin_inf())), zero{};
  out.undefined |= any<T>((a != a) | (b != b));
  out.infinite |= any<T>((b == -infinity) & (a > -infinity));
  const V<T> x = a - at.top, y = b - at.base;
  Visible<T> seen = visible<T>(x, y, b - a);
  if (any<T>(seen.far)) {
    for (std::ptrdiff_t i = 0; i < lanes<T>; ++i)
      if (seen.far[i]) {
        const double e = std::exp(double(a[i]) - double(at.top));
        const double c = (double(b[i]) - double(a[i])) - (double(at.head) + double(at.tail));
        out.weight.add(e);
        out.first.add(e * c);
        out.excess.add(-e * (1 + c));
        out.growth.add(-e);
      }
    seen.in_p &= ~seen.far;
    seen.in_q &= ~seen.far;
  }
  const M<T> both = seen.in_p & seen.in_q;
  const V<T> one = splat<T>(1), c = seen.in_p ? centred<T>(a, b, at) : zero;
  const V<T> e = plain_exp<T>(seen.in_p ? x : zero);
  const V<T> f = seen.in_q ? plain_exp<T>(seen.in_q ? y : zero) : zero;
  const LogitTerms<T> near = logit_terms<T>(both ? e : one, both ? c : zero, both ? c : zero);
  const V<T> weight = seen.in_p ? e : zero;
  return {weight, weight * c, both ? near.excess : f - weight * (1 + c)};
}

template <class T>
KULLBACK_INLINE LogitTerms<T> plain_logit_terms(V<T> a, V<T> b, const LogitCentre<T>& at) {
  const V<T> c = centred<T>(a, b, at);
  return logit_terms<T>(plain_exp<T>(a - at.top), c, c);
}

template <class T>
void logit_range(const T* a, const T* b, std::ptrdiff_t n, LogitRange<T>& range) {
  const V<T> infinity = splat<T>(T(__builtin_inf()));
  V<T> top_a = -infinity, top_b = -infinity, low_a = infinity, low_b = infinity;
  std::ptrdiff_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    const V<T> at_a = load<T>(a + i), at_b = load<T>(b + i);
    top_a = larger<T>(at_a, top_a);
    low_a = smaller<T>(at_a, low_a);
    top_b = larger<T>(at_b, top_b);
    low_b = smaller<T>(at_b, low_b);
  }
  T here_a = highest_lane<T>(top_a), here_b = highest_lane<T>(top_b);
  T least_a = lowest_lane<T>(low_a), least_b = lowest_lane<T>(low_b);
  for (; i < n; ++i) {
    here_a = a[i] > here_a ? a[i] : here_a;
    least_a = a[i] < least_a ? a[i] : least_a;
    here_b = b[i] > here_b ? b[i] : here_b;
    least_b = b[i] < least_b ? b[i] : least_b;
  }
  if (here_a > range.top_a) {
    range.top_a = here_a;
    std::ptrdiff_t found = 0;
    while (found + lanes<T> <= n && !any<T>(load<T>(a + found) == here_a)) found += lanes<T>;
    while (a[found] != here_a) ++found;
    range.b_at_top = b[found];
  }
  range.top_b = here_b > range.top_b ? here_b : range.top_b;
  range.low_a = least_a < range.low_a ? least_a : range.low_a;
  range.low_b = least_b < range.low_b ? least_b : range.low_b;
}

// Adds a contiguous piece of a row to `out`; `plain` says that every x and y of the row is within reach.
template <class T>
void logit_sums(const T* a, const T* b, std::ptrdiff_t n, const LogitCentre<T>& at, bool plain, LogitSums& out) {
  constexpr std::ptrdiff_t block_vectors = 32;
  const std::ptrdiff_t vectors = n / lanes<T>;
  LogitRowSums<T> row;
  for (std::ptrdiff_t i = 0; i < vectors;) {
    LogitBlock<T> block;
    const std::ptrdiff_t end = vectors - i < block_vectors ? vectors : i + block_vectors;
    if (plain)
      for (; i < end; ++i)
        block.add(plain_logit_terms<T>(load<T>(a + i * lanes<T>), load<T>(b + i * lanes<T>), at));
    else
      for (; i < end; ++i)
        block.add(masked_terms<T>(load<T>(a + i * lanes<T>), load<T>(b + i * lanes<T>), at, out));
    row.add(block);
  }
  if (vectors * lanes<T> < n) {
    V<T> last_a = splat<T>(-T(__builtin_inf())), last_b = last_a;  // empty lanes are masked in both
    for (std::ptrdiff_t i = vectors * lanes<T>, lane = 0; i < n; ++i, ++lane) {
      last_a[lane] = a[i];
      last_b[lane] = b[i];
    }
    LogitBlock<T> block;
    block.add(masked_terms<T>(last_a, last_b, at, out));
    row.add(block);
  }
  row.weight.add_lanes_to(out.weight);
  LongSum first, excess;
  row.first.add_lanes_to(first);
  row.excess.add_lanes_to(excess);
  out.first.add(first);
  out.excess.add(excess);
  out.growth.add(first);
  out.growth.add(excess);
}

// dK/da = p (log(p/q) - K) = -p c and dK/db = q - p = p expm1(c - K), for c centred on its mean E[c] = 0.
template <class T>
KULLBACK_INLINE void logit_gradient(V<T> a, V<T> b, const LogitCentre<T>& at, const LogitRow& row, V<T>& by_a,
                                    V<T>& by_b) {
  const T inverse = T(1 / row.weight), kl = T(row.kl);
  const V<T> zero{}, x = a - at.top, y = (b - at.base) - kl;
  const M<T> in_p = x >= -reach<T>, in_q = y >= -reach<T>, both = in_p & in_q;
  const V<T> c = in_p ? centred<T>(a, b, at) : zero;
  const V<T> e = in_p ? plain_exp<T>(in_p ? x : zero) : zero;
  const ReducedExp<T> w = reduce_exp<T>(both ? c - kl : zero);
  const V<T> scaled = times_power_of_two<T>(both ? e : splat<T>(1), w.exponent);
  const V<T> near = scaled * (w.r + psi<T>(w.r)) + (scaled - e);
  by_a = -(e * c) * inverse;
  by_b = both ? near * inverse : ((in_q ? plain_exp<T>(in_q ? y : zero) : zero) - e) * inverse;
}

template <class T>
void logit_gradients(const T* a, const T* b, std::ptrdiff_t n, const LogitCentre<T>& at, const LogitRow& row,
                     T* by_a, T* by_b) {
  V<T> grad_a, grad_b;
  std::ptrdiff_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    logit_gradient<T>(load<T>(a + i), load<T>(b + i), at, row, grad_a, grad_b);
    store<T>(by_a + i, grad_a);
    store<T>(by_b + i, grad_b);
  }
  if (i == n) return;
  V<T> last_a = splat<T>(at.top), last_b = last_a;
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    last_a[j] = a[i + j];
    last_b[j] = b[i + j];
  }
  logit_gradient<T>(last_a, last_b, at, row, grad_a, grad_b);
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    by_a[i + j] = grad_a[j];
    by_b[i + j] = grad_b[j];
  }
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
