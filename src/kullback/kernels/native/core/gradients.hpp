// The gradients of a row's divergence K, once its sums are known. With P = sum p, Q = sum q:
//    dK/dp = (log(p/q) + log(Q/P) - K)/P
//    dK/dq = 1/Q - p/(q P) = ((q - p)/q + (P - Q)/Q)/P      subtracted before divided
// p = 0 < q: dK/dp = -inf, the slope is vertical. p = q = 0: dK/dp = 0. p > 0 = q: +inf and -inf.
#pragma once

#include "divergence.hpp"

namespace kullback {

// What every entry of a row shares.
struct GradientConstants {
  double log_shift;     // log(Q/P) - K
  double relative_gap;  // (P - Q)/Q
  double inverse_mass;  // 1/P
};

namespace KULLBACK_ISA {

template <class T>
struct GradientPair {
  V<T> p, q;
};

template <class T, bool careful>
KULLBACK_INLINE GradientPair<T> gradient(V<T> p, V<T> q, const GradientConstants& row) {
  const T shift = T(row.log_shift), gap = T(row.relative_gap), scale = T(row.inverse_mass);
  if constexpr (!careful)
    return {(plain_log_ratio<T>(p, q) + shift) * scale, ((q - p) / q + gap) * scale};
  const V<T> infinity = splat<T>(T(__builtin_inf())), zero{};
  const M<T> no_p = p == 0, no_q = q == 0;
  const V<T> by_q = no_p ? splat<T>(1) : (q - p) / q;  // no_q gives -inf by itself
  const V<T> by_p = (careful_log_ratio<T>(p, q) + shift) * scale;
  return {no_q ? (no_p ? zero : infinity) : by_p, (by_q + gap) * scale};
}

template <class T>
void gradients(const T* p, const T* q, std::ptrdiff_t n, const GradientConstants& row, T* by_p, T* by_q) {
  std::ptrdiff_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) {
    const V<T> at_p = load<T>(p + i), at_q = load<T>(q + i);
    const GradientPair<T> value = any<T>(~is_plain<T>(at_p, at_q)) ? gradient<T, true>(at_p, at_q, row)
                                                                   : gradient<T, false>(at_p, at_q, row);
    store<T>(by_p + i, value.p);
    store<T>(by_q + i, value.q);
  }
  if (i == n) return;
  V<T> at_p = splat<T>(1), at_q = at_p;
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    at_p[j] = p[i + j];
    at_q[j] = q[i + j];
  }
  const GradientPair<T> value = gradient<T, true>(at_p, at_q, row);
  for (std::ptrdiff_t j = 0; i + j < n; ++j) {
    by_p[i + j] = value.p[j];
    by_q[i + j] = value.q[j];
  }
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
