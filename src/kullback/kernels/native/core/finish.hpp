// From a row's sums to its answer: scalar double arithmetic, once per row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "coefficients.hpp"
#include "kernels.hpp"
#include "pieces.hpp"

namespace kullback {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// log(1 + t) - t <= 0. With s = t/(2 + t), log(1 + t) = 2 atanh s and t = s(2 + t), so the difference
// is s(2 z A(z) - t), z = s^2: no cancellation.
inline double log1pmx(double t) {
  if (!(t > -0.33 && t < 0.5)) return std::log1p(t) - t;
  const double s = t / (2 + t), z = s * s;
  double remainder = 0;
  for (std::size_t i = std::size(atanh_double); i-- > 0;) remainder = remainder * z + atanh_double[i];
  return s * (2 * z * remainder - t);
}

// KL of the normalised rows: with x = (Q - P)/P,
//    sum (p/P) log((p/P)/(q/Q)) = (sum D)/P - x + log(1 + x),   D = p log(p/q) - p + q.
// The exact value is never negative; what rounding leaves below zero is zero.
inline double kl_of(const DivergenceSums& row) {
  const double terms = row.terms.value(), mass = row.mass.value(), gap = row.gap.value();
  if (!(mass > 0 && mass < infinity && std::fabs(gap) < infinity)) return nan;
  if (std::isinf(terms) || std::isinf(row.terms.sum)) return infinity;
  const double kl = terms / mass + log1pmx(-gap / mass);
  return kl < 0 ? 0 : kl;
}

// By how much a sum of n probabilities may differ from one: kernels/validation.py states the rule.
template <class T>
double sum_tolerance(std::ptrdiff_t n) {
  const double least = sizeof(T) == 8 ? 1e-9 : 1e-5;
  return std::max(least, double(std::numeric_limits<T>::epsilon()) * (64 + 8 * std::sqrt(double(n))));
}

template <class T>
bool sums_to_one(const DivergenceSums& row, std::ptrdiff_t n) {
  const double p = row.mass.value(), q = p - row.gap.value(), tolerance = sum_tolerance<T>(n);
  return std::fabs(p - 1) <= tolerance && std::fabs(q - 1) <= tolerance;
}

// A NaN divergence makes all its gradients NaN.
inline GradientConstants gradient_constants(const DivergenceSums& row, double kl) {
  if (std::isnan(kl)) return {nan, nan, nan};
  const double mass = row.mass.value(), gap = row.gap.value();
  return {std::log1p(-gap / mass) - kl, gap / (mass - gap), 1 / mass};
}

// One row of logits, wherever it lies in memory.
template <class T>
struct LogitProblem {
  const KernelsOf<T>& kernels;
  Strided<T> a, b;
  std::ptrdiff_t n;

  LogitRange<T> range() const {
    LogitRange<T> out;
    in_pieces<T>(a, b, n, [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t count) {
      kernels.logit_range(x, y, count, out);
    });
    return out;
  }
  LogitSums sums(const LogitCentre<T>& at, bool plain) const {
    LogitSums out;
    in_pieces<T>(a, b, n, [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t count) {
      kernels.logit_sums(x, y, count, at, plain, out);
    });
    return out;
  }
};

struct LogitAnswer {
  double kl;
  LogitRow row;  // for the gradients; meaningless where kl is not finite
};

// Moves the centre to the mean of b - a until the second-order part is small beside the answer. The
// centre stays so high that no exp(b - base) overflows; where that binds, K is large and t larger.
template <class T>
LogitAnswer solve(const LogitProblem<T>& problem, const LogitRange<T>& range) {
  // Where nothing is left of a there is no distribution; +inf and NaN are no logits.
  if (!(range.top_a > -infinity && range.top_a < infinity && range.top_b < infinity)) return {nan, {}};
  const double headroom = 0.75 * double(reach<T>);
  const double top_a = double(range.top_a), top_b = double(range.top_b);
  const double lowest = top_b - top_a - headroom;
  double centre = std::max(double(range.b_at_top) - top_a, lowest);
  if (!std::isfinite(centre)) centre = 0;  // NaN or -inf in b: the first pass says which
  double kl = nan, mean = 0, weight = 0;
  for (int tries = 0; tries < 4; ++tries) {
    const LogitCentre<T> at(range.top_a, centre);
    const bool plain = double(range.low_a) - top_a >= -double(reach<T>) &&
                       double(range.low_b) - double(at.base) >= -double(reach<T>);
    const LogitSums sums = problem.sums(at, plain);
    if (sums.undefined) return {nan, {}};
    if (sums.infinite) return {infinity, {}};
    weight = sums.weight.value();
    mean = sums.first.value() / weight;
    const double t = sums.growth.value() / weight, excess = sums.excess.value() / weight;
    if (std::isnan(weight) || std::isnan(mean)) return {nan, {}};
    kl = t > -0.33 && t < 0.5 ? log1pmx(t) + excess : std::log1p(t) - mean;
    if (mean * mean <= 2 * kl) break;
    const double better = std::max(centre + mean, lowest);
    if (better == centre) break;
    centre = better;
  }
  return {kl < 0 ? 0 : kl, {centre + mean, weight, kl}};
}

}  // namespace kullback
