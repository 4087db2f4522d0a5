// log(p/q) and the term p log(p/q) - p + q >= 0 of two positive numbers, without cancellation.
//
// 1. Choose the integer k for which q'' = q 2^k has p/q'' in about [2/3, 3/2]. Seen as integers, the
//    bits of a positive float are a piecewise linear logarithm, so k is their difference, rounded.
// 2. d = p - q'' is exact (Sterbenz), s = d/(p + q''), |s| <= 0.2003, p/q = 2^k (1+s)/(1-s).
// 3. With z = s^2 and A(z) = (atanh(sqrt z)/sqrt z - 1)/z:
//       log(p/q)             = k ln 2 + 2s(1 + z A)
//       p log(p/q) - p + q   = [k p ln 2 + (q - q'')] + [p log(p/q'') - p + q'']
//                            = [k p ln 2 + (q - q'')] + d s (1 + (s + z) A)
//    The last step uses p = (p+q'')(1+s)/2, q'' = (p+q'')(1-s)/2. Where k = 0 the first bracket is
//    exactly 0 and what remains is a product of accurate factors, however close p and q are.
#pragma once

#include <cmath>

#include "coefficients.hpp"
#include "vec.hpp"

namespace kullback {
namespace KULLBACK_ISA {

KULLBACK_INLINE V<double> atanh_remainder(V<double> z) { return polynomial<double>(atanh_double, z); }
KULLBACK_INLINE V<float> atanh_remainder(V<float> z) { return polynomial<float>(atanh_float, z); }

template <class T>
struct Ratio {
  V<T> k, q2, d, s;
};

// The four numbers above, for p and q between Format<T>::low and Format<T>::high.
template <class T>
KULLBACK_INLINE Ratio<T> split_ratio(V<T> p, V<T> q) {
  using Bits = typename Format<T>::Bits;
  constexpr int fraction = Format<T>::fraction_bits;
  constexpr int width = 8 * sizeof(T) - fraction;  // sign and exponent
  constexpr Bits one = Bits(1) << fraction, half = one >> 1, whole = ~(one - 1);
  constexpr Bits bias = Bits(1) << (width - 1);  // makes k + bias positive, so that the shift is unsigned
  constexpr T two_to_fraction = T(one);          // ulp 1: an integer put into its fraction is added to it
  constexpr Bits two_to_fraction_bits = Bits((1 << (width - 2)) - 1 + fraction) << fraction;

  const B<T> difference = (B<T>)p - (B<T>)q;
  const V<T> k = (V<T>)(((difference + (half + (bias << fraction))) >> fraction) | two_to_fraction_bits) -
                 (two_to_fraction + T(bias));
  const V<T> q2 = (V<T>)((B<T>)q + ((difference + half) & whole));
  const V<T> d = p - q2;
  return {k, q2, d, d / (p + q2)};
}

template <class T>
KULLBACK_INLINE V<T> plain_term(V<T> p, V<T> q) {
  using F = Format<T>;
  const Ratio<T> x = split_ratio<T>(p, q);
  const V<T> z = x.s * x.s, r = x.d * x.s, pk = p * x.k;
  V<T> whole = pk * F::ln2 + (q - x.q2);
  // These two may nearly cancel. Without a fused product, round less of it: half of pk is exact.
  if (!fused_products) whole = (pk * T(0.5) + (q - x.q2)) + pk * (F::ln2 - T(0.5));
  return whole + (pk * F::ln2_rest + (r + r * (x.s + z) * atanh_remainder(z)));
}

template <class T>
KULLBACK_INLINE V<T> plain_log_ratio(V<T> p, V<T> q) {
  using F = Format<T>;
  const Ratio<T> x = split_ratio<T>(p, q);
  const V<T> z = x.s * x.s, s2 = x.s + x.s;
  return x.k * F::ln2_head + (s2 + (x.k * F::ln2_tail + s2 * z * atanh_remainder(z)));
}

// True where the formulas above hold as they stand.
template <class T>
KULLBACK_INLINE M<T> is_plain(V<T> p, V<T> q) {
  using F = Format<T>;
  return (p >= F::low) & (q >= F::low) & (p <= F::high) & (q <= F::high);
}

// One pair of finite positive numbers of any size. A common power of two brings the larger to 2^900;
// if the smaller is then too small, the two are so far apart that nothing can cancel in the textbook form.
struct Pair {
  double p, q;
  int shift;
  bool far;
};

static inline Pair scaled(double p, double q) {
  int exponent;
  std::frexp(p > q ? p : q, &exponent);
  const int shift = 900 - exponent;
  const double smaller = std::ldexp(p < q ? p : q, shift);
  return {std::ldexp(p, shift), std::ldexp(q, shift), shift, smaller < Format<double>::low};
}

// The term for whatever is not plain and not a plain zero: subnormal, huge, infinite, NaN or negative.
static __attribute__((noinline)) double odd_term(double p, double q) {
  if (!(p >= 0 && q >= 0)) return __builtin_nan("");
  if (p == 0) return q;
  if (__builtin_isinf(p)) return __builtin_isinf(q) ? __builtin_nan("") : p;
  if (q == 0 || __builtin_isinf(q)) return __builtin_inf();
  const Pair x = scaled(p, q);
  if (x.far) return p * (std::log(p) - std::log(q)) - p + q;
  return std::ldexp(plain_term<double>(splat(x.p), splat(x.q))[0], -x.shift);
}

static __attribute__((noinline)) double odd_log_ratio(double p, double q) {
  if (!(p >= 0 && q >= 0) || (__builtin_isinf(p) && __builtin_isinf(q))) return __builtin_nan("");
  if (p == q) return 0;
  if (p == 0 || __builtin_isinf(q)) return -__builtin_inf();
  if (q == 0 || __builtin_isinf(p)) return __builtin_inf();
  const Pair x = scaled(p, q);
  if (x.far) return std::log(p) - std::log(q);
  return plain_log_ratio<double>(splat(x.p), splat(x.q))[0];
}

// Any two vectors. Zeros, which are common, cost two selections; only the truly odd leave the vector.
template <class T>
KULLBACK_INLINE V<T> careful_term(V<T> p, V<T> q) {
  const M<T> plain = is_plain<T>(p, q), no_p = (p == 0) & (q >= 0), no_q = (q == 0) & (p > 0);
  const V<T> one = splat<T>(1);
  V<T> term = plain_term<T>(plain ? p : one, plain ? q : one);
  term = no_p ? q : (no_q ? splat<T>(T(__builtin_inf())) : term);
  const M<T> odd = ~(plain | no_p | no_q);
  if (any<T>(odd))
    for (std::ptrdiff_t i = 0; i < lanes<T>; ++i)
      if (odd[i]) term[i] = T(odd_term(double(p[i]), double(q[i])));
  return term;
}

template <class T>
KULLBACK_INLINE V<T> careful_log_ratio(V<T> p, V<T> q) {
  const M<T> plain = is_plain<T>(p, q);
  const V<T> one = splat<T>(1);
  V<T> value = plain_log_ratio<T>(plain ? p : one, plain ? q : one);
  if (any<T>(~plain))
    for (std::ptrdiff_t i = 0; i < lanes<T>; ++i)
      if (!plain[i]) value[i] = T(odd_log_ratio(double(p[i]), double(q[i])));
  return value;
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
