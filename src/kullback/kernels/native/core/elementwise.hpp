// Functions of one p and one q at a time: the terms, log(p/q), and the gradients of a row's divergence K
// once its sums are known. With P = sum p, Q = sum q:
//    dK/dp = (log(p/q) + log(Q/P) - K)/P
//    dK/dq = 1/Q - p/(q P) = ((q - p)/q + (P - Q)/Q)/P      subtracted before divided
// p = 0 < q: dK/dp = -inf, the slope is vertical. p = q = 0: dK/dp = 0. p > 0 = q: +inf and -inf.
#pragma once

#include "ratio.hpp"

namespace kullback {

// What the gradients of a row share.
struct GradientConstants {
  double log_shift;     // log(Q/P) - K
  double relative_gap;  // (P - Q)/Q
  double inverse_mass;  // 1/P
};

namespace KULLBACK_ISA {

// Applies `function` to whole vectors and to a padded last one. Each block is looked over first, so that
// the loop that computes has no branch. Outputs may be p or q themselves: nothing that was written is read.
template <class T, class Function>
KULLBACK_INLINE void map(const T* p, const T* q, std::ptrdiff_t n, Function function) {
  constexpr std::ptrdiff_t block = 32 * lanes<T>;
  const std::ptrdiff_t whole = n / lanes<T> * lanes<T>;
  for (std::ptrdiff_t i = 0; i < whole;) {
    const std::ptrdiff_t end = whole - i < block ? whole : i + block;
    M<T> plain = ~M<T>{};
    for (std::ptrdiff_t j = i; j < end; j += lanes<T>) plain &= is_plain<T>(load<T>(p + j), load<T>(q + j));
    if (any<T>(~plain))
      for (; i < end; i += lanes<T>) function.careful(load<T>(p + i), load<T>(q + i), i, lanes<T>);
    else
      for (; i < end; i += lanes<T>) function.plain(load<T>(p + i), load<T>(q + i), i, lanes<T>);
  }
  if (whole == n) return;
  V<T> last_p = splat<T>(1), last_q = last_p;
  for (std::ptrdiff_t i = whole; i < n; ++i) {
    last_p[i - whole] = p[i];
    last_q[i - whole] = q[i];
  }
  if (any<T>(~is_plain<T>(last_p, last_q)))
    function.careful(last_p, last_q, whole, n - whole);
  else
    function.plain(last_p, last_q, whole, n - whole);
}

// Writes the first `count` lanes.
template <class T>
KULLBACK_INLINE void put(T* to, V<T> value, std::ptrdiff_t count) {
  if (count == lanes<T>) return store<T>(to, value);
  for (std::ptrdiff_t i = 0; i < count; ++i) to[i] = value[i];
}

template <class T>
struct Terms {
  T* out;

  __attribute__((always_inline)) void plain(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    put<T>(out + at, plain_term<T>(p, q), count);
  }
  __attribute__((always_inline)) void careful(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    put<T>(out + at, careful_term<T>(p, q), count);
  }
};

template <class T>
struct LogRatios {
  T* out;

  __attribute__((always_inline)) void plain(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    put<T>(out + at, plain_log_ratio<T>(p, q), count);
  }
  __attribute__((always_inline)) void careful(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    put<T>(out + at, careful_log_ratio<T>(p, q), count);
  }
};

template <class T>
struct Gradients {
  T shift, gap, scale;
  T *by_p, *by_q;

  __attribute__((always_inline)) void plain(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    put<T>(by_p + at, (plain_log_ratio<T>(p, q) + shift) * scale, count);
    put<T>(by_q + at, ((q - p) / q + gap) * scale, count);
  }
  __attribute__((always_inline)) void careful(V<T> p, V<T> q, std::ptrdiff_t at, std::ptrdiff_t count) const {
    const V<T> infinity = splat<T>(T(__builtin_inf())), zero{}, one = splat<T>(1);
    const M<T> no_p = p == 0, no_q = q == 0;
    const V<T> log_part = (careful_log_ratio<T>(p, q) + shift) * scale;
    const V<T> relative = no_p ? one : (q - p) / q;  // q = 0 gives -inf by itself
    put<T>(by_p + at, no_q ? (no_p ? zero : infinity) : log_part, count);
    put<T>(by_q + at, (relative + gap) * scale, count);
  }
};

template <class T>
void terms(const T* p, const T* q, T* out, std::ptrdiff_t n) {
  map<T>(p, q, n, Terms<T>{out});
}

template <class T>
void log_ratios(const T* p, const T* q, T* out, std::ptrdiff_t n) {
  map<T>(p, q, n, LogRatios<T>{out});
}

template <class T>
void gradients(const T* p, const T* q, std::ptrdiff_t n, const GradientConstants& row, T* by_p, T* by_q) {
  map<T>(p, q, n, Gradients<T>{T(row.log_shift), T(row.relative_gap), T(row.inverse_mass), by_p, by_q});
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
