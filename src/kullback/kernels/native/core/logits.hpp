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
//    e psi(c) = f' psi(r) + [(f' - e) - e k ln 2] + (f' - e) r,     and for k = 0 this is e psi(r) exactly.
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

// x = a - top and c = (b - a) - centre, where the centre is head + tail.
template <class T>
struct LogitCentre {
  T top, head, tail;
  T base;  // top + centre: f = exp(b - base)

  __attribute__((always_inline)) LogitCentre(T top_a, const LongSum& centre)
      : top(top_a),
        head(T(centre.sum)),
        tail(T((centre.sum - double(head)) + centre.rest)),
        base(T(double(top_a) + centre.value())) {}
};

// Below exp(-reach) a weight is left out by the masked pass, and the quick pass isn't allowed.
template <class T>
constexpr T reach = sizeof(T) == 8 ? T(706) : T(86);

struct LogitSums {
  LongSum weight{};  // sum e
  LongSum first{};   // sum e c
  LongSum excess{};  // sum e psi(c)
  LongSum growth{};  // sum (f - e)
  bool infinite = false, undefined = false;
};

// For the gradients: b - a centred on its mean, and so that it is log(q/p); 1/sum e.
template <class T>
struct LogitGradients {
  LogitCentre<T> mean, log_q;
  T scale;
};

namespace KULLBACK_ISA {

KULLBACK_INLINE V<double> exp_remainder(V<double> r) { return polynomial<double>(exp_double, r); }
KULLBACK_INLINE V<float> exp_remainder(V<float> r) { return polynomial<float>(exp_float, r); }

// A difference and what rounding took from it (Knuth's TwoDiff).
template <class T>
struct Exact {
  V<T> value, rest;
};

template <class T>
KULLBACK_INLINE Exact<T> two_diff(V<T> x, V<T> y) {
  const V<T> difference = x - y, part = difference - x;
  return {difference, (x - (difference - part)) - (y + part)};
}

// x = k ln 2 + r, |r| <= ln2/2; `exponent` is k where a float keeps its exponent.
template <class T>
struct ReducedExp {
  V<T> k, r;
  B<T> exponent;
};

template <class T>
KULLBACK_INLINE ReducedExp<T> reduce_exp(Exact<T> x) {
  using F = Format<T>;
  constexpr T log2e = T(1.4426950408889634);
  constexpr T to_integer = T(3) * T(typename F::Bits(1) << (F::fraction_bits - 1));  // 1.5 / ulp(1)
  const V<T> shifted = x.value * log2e + to_integer, k = shifted - to_integer;
  const V<T> r = ((x.value - k * F::ln2_head) - k * F::ln2_tail) + x.rest;
  return {k, r, (B<T>)shifted << F::fraction_bits};
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
KULLBACK_INLINE V<T> plain_exp(Exact<T> x) {
  const ReducedExp<T> w = reduce_exp<T>(x);
  return times_power_of_two<T>(1 + (w.r + psi<T>(w.r)), w.exponent);
}

// (b - a) - centre, to about twice the precision.
template <class T>
KULLBACK_INLINE Exact<T> centred(V<T> a, V<T> b, const LogitCentre<T>& at) {
  const Exact<T> w = two_diff<T>(b, a), c = two_diff<T>(w.value, splat<T>(at.head));
  const V<T> rest = c.rest + (w.rest - at.tail), value = c.value + rest;
  return {value, rest - (value - c.value)};
}

template <class T>
KULLBACK_INLINE Exact<T> choose(M<T> mask, Exact<T> x) {
  const V<T> zero{};
  return {mask ? x.value : zero, mask ? x.rest : zero};
}

template <class T>
struct LogitTerms {
  V<T> weight, first, excess;
};

template <class T>
KULLBACK_INLINE LogitTerms<T> logit_terms(V<T> e, Exact<T> c) {
  using F = Format<T>;
  const ReducedExp<T> w = reduce_exp<T>(c);
  const V<T> scaled = times_power_of_two<T>(e, w.exponent);
  const V<T> step = scaled - e, ek = e * w.k;
  return {e, e * c.value, scaled * psi<T>(w.r) + (((step - ek * F::ln2_head) - ek * F::ln2_tail) + step * w.r)};
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
  const Exact<T> x = two_diff<T>(a, splat<T>(at.top)), y = {b - at.base, {}};
  Visible<T> seen = visible<T>(x.value, y.value, b - a);
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
  const Exact<T> c = choose<T>(seen.in_p, centred<T>(a, b, at));
  const V<T> weight = seen.in_p ? plain_exp<T>(choose<T>(seen.in_p, x)) : zero;
  const V<T> f = seen.in_q ? plain_exp<T>(choose<T>(seen.in_q, y)) : zero;
  const LogitTerms<T> near = logit_terms<T>(weight, choose<T>(both, c));
  return {weight, weight * c.value, both ? near.excess : f - weight * (1 + c.value)};
}

// The first half of a pair's way to its terms, for pairs within reach in every lane.
template <class T>
struct HalfWay {
  V<T> e;
  Exact<T> c;
};

template <class T>
KULLBACK_INLINE HalfWay<T> half_way(const T* a, const T* b, const LogitCentre<T>& at) {
  const V<T> at_a = load<T>(a), at_b = load<T>(b);
  return {plain_exp<T>(two_diff<T>(at_a, splat<T>(at.top))), centred<T>(at_a, at_b, at)};
}

// The chain from a load to its terms is long, and processors look only so far ahead: each turn starts one
// pair and finishes the one before.
template <class T>
KULLBACK_INLINE LogitBlock<T> plain_logit_block(const T* a, const T* b, std::ptrdiff_t vectors,
                                                const LogitCentre<T>& at) {
  LogitBlock<T> block;
  HalfWay<T> current = half_way<T>(a, b, at);
  for (std::ptrdiff_t i = 1; i < vectors; ++i) {
    const HalfWay<T> next = half_way<T>(a + i * lanes<T>, b + i * lanes<T>, at);
    block.add(logit_terms<T>(current.e, current.c));
    current = next;
  }
  block.add(logit_terms<T>(current.e, current.c));
  return block;
}

// The entries past the last whole vector: where a lane is not live, e = 0 adds nothing and c = 0 keeps it 0.
template <class T>
KULLBACK_INLINE LogitTerms<T> plain_tail_terms(V<T> a, V<T> b, M<T> live, const LogitCentre<T>& at) {
  const V<T> zero{}, e = plain_exp<T>(choose<T>(live, two_diff<T>(a, splat<T>(at.top))));
  return logit_terms<T>(live ? e : zero, choose<T>(live, centred<T>(a, b, at)));
}

template <class T>
KULLBACK_INLINE LogitBlock<T> masked_logit_block(const T* a, const T* b, std::ptrdiff_t vectors,
                                                 const LogitCentre<T>& at, LogitSums& out) {
  LogitBlock<T> block;
  for (std::ptrdiff_t i = 0; i < vectors; ++i)
    block.add(masked_terms<T>(load<T>(a + i * lanes<T>), load<T>(b + i * lanes<T>), at, out));
  return block;
}

template <class T>
void logit_range(const T* a, const T* b, std::ptrdiff_t n, LogitRange<T>& range) {
  constexpr std::ptrdiff_t block = 128 * lanes<T>;
  const V<T> infinity = splat<T>(T(__builtin_inf()));
  V<T> top_b = -infinity, low_a = infinity, low_b = infinity;
  T top_a = range.top_a;
  const T* top_block = nullptr;  // where the largest a was met first
  const std::ptrdiff_t whole = n / lanes<T> * lanes<T>;
  for (std::ptrdiff_t i = 0; i < whole;) {
    const std::ptrdiff_t start = i, end = whole - i < block ? whole : i + block;
    V<T> here = -infinity;
    for (; i < end; i += lanes<T>) {
      const V<T> at_a = load<T>(a + i), at_b = load<T>(b + i);
      here = larger<T>(at_a, here);
      low_a = smaller<T>(at_a, low_a);
      top_b = larger<T>(at_b, top_b);
      low_b = smaller<T>(at_b, low_b);
    }
    const T highest = highest_lane<T>(here);
    if (highest > top_a) {
      top_a = highest;
      top_block = a + start;
    }
  }
  T last_top_b = highest_lane<T>(top_b), last_low_a = lowest_lane<T>(low_a), last_low_b = lowest_lane<T>(low_b);
  for (std::ptrdiff_t i = whole; i < n; ++i) {
    if (a[i] > top_a) {
      top_a = a[i];
      top_block = a + i;
    }
    last_low_a = a[i] < last_low_a ? a[i] : last_low_a;
    last_top_b = b[i] > last_top_b ? b[i] : last_top_b;
    last_low_b = b[i] < last_low_b ? b[i] : last_low_b;
  }
  if (top_block) {
    while (*top_block != top_a) ++top_block;
    range.top_a = top_a;
    range.b_at_top = b[top_block - a];
  }
  range.top_b = last_top_b > range.top_b ? last_top_b : range.top_b;
  range.low_a = last_low_a < range.low_a ? last_low_a : range.low_a;
  range.low_b = last_low_b < range.low_b ? last_low_b : range.low_b;
}

// Adds a contiguous piece of a row to `out`; `plain` says that every x and y of the row is within reach.
template <class T>
void logit_sums(const T* a, const T* b, std::ptrdiff_t n, const LogitCentre<T>& at, bool plain, LogitSums& out) {
  constexpr std::ptrdiff_t block_vectors = 32;
  const std::ptrdiff_t vectors = n / lanes<T>;
  LogitRowSums<T> row;
  for (std::ptrdiff_t i = 0; i < vectors; i += block_vectors) {
    const std::ptrdiff_t count = vectors - i < block_vectors ? vectors - i : block_vectors;
    const T *at_a = a + i * lanes<T>, *at_b = b + i * lanes<T>;
    row.add(plain ? plain_logit_block<T>(at_a, at_b, count, at) : masked_logit_block<T>(at_a, at_b, count, at, out));
  }
  if (vectors * lanes<T> < n) {
    V<T> last_a = splat<T>(-T(__builtin_inf())), last_b = last_a;  // empty lanes are masked in both
    const std::ptrdiff_t whole = vectors * lanes<T>;
    for (std::ptrdiff_t i = whole; i < n; ++i) {
      last_a[i - whole] = a[i];
      last_b[i - whole] = b[i];
    }
    LogitBlock<T> block;
    block.add(plain ? plain_tail_terms<T>(last_a, last_b, ~lanes_from<T>(n - whole), at)
                    : masked_terms<T>(last_a, last_b, at, out));
    row.add(block);
  }
  const LongSum first = row.first.across(), excess = row.excess.across();
  out.weight.add(row.weight.across());
  out.first.add(first);
  out.excess.add(excess);
  out.growth.add(first);
  out.growth.add(excess);
}

// dK/da = p (log(p/q) - K) = -p c for c centred on its mean, and dK/db = q - p = p expm1(d), d = c - K.
template <class T>
KULLBACK_INLINE void logit_gradient(V<T> a, V<T> b, const LogitGradients<T>& row, V<T>& by_a, V<T>& by_b) {
  const V<T> zero{}, y = b - row.log_q.base;
  const Exact<T> x = two_diff<T>(a, splat<T>(row.mean.top));
  const M<T> in_p = x.value >= -reach<T>, in_q = y >= -reach<T>, both = in_p & in_q;
  const V<T> c = in_p ? centred<T>(a, b, row.mean).value : zero;
  const V<T> e = in_p ? plain_exp<T>(choose<T>(in_p, x)) : zero;
  const ReducedExp<T> d = reduce_exp<T>(choose<T>(both, centred<T>(a, b, row.log_q)));
  const V<T> scaled = times_power_of_two<T>(e, d.exponent);
  const V<T> near = scaled * (d.r + psi<T>(d.r)) + (scaled - e);
  V<T> difference = both ? near : -e;
  const M<T> only_q = in_q & ~in_p;
  if (any<T>(only_q)) difference = only_q ? plain_exp<T>({only_q ? y : zero, zero}) : difference;
  by_a = -(e * c) * row.scale;
  by_b = difference * row.scale;
}

template <class T>
void logit_gradients(const T* a, const T* b, std::ptrdiff_t n, const LogitGradients<T>& row, T* by_a, T* by_b) {
  V<T> grad_a, grad_b;
  std::ptrdiff_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    logit_gradient<T>(load<T>(a + i), load<T>(b + i), row, grad_a, grad_b);
    store<T>(by_a + i, grad_a);
    store<T>(by_b + i, grad_b);
  }
  if (i == n) return;
  V<T> last_a = splat<T>(row.mean.top), last_b = last_a;
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    last_a[j] = a[i + j];
    last_b[j] = b[i + j];
  }
  logit_gradient<T>(last_a, last_b, row, grad_a, grad_b);
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    by_a[i + j] = grad_a[j];
    by_b[i + j] = grad_b[j];
  }
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
