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
  if (std::fabs(t) < 0x1p-20) return t * t * ((t / 3 - 0.5) - t * t / 4);
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
  // Of the first `length` entries.
  LogitSums sums(const LongSum& centre, const LogitRange<T>& whole, std::ptrdiff_t length) const {
    const LogitCentre<T> at(whole.top_a, centre);
    const bool plain = whole.low_a - at.top >= -reach<T> && whole.low_b - at.base >= -reach<T>;
    LogitSums out;
    in_pieces<T>(a, b, length, [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t count) {
      kernels.logit_sums(x, y, count, at, plain, out);
    });
    return out;
  }
};

// Adds `step` to the centre, not below `lowest`; false where that changes nothing.
inline bool moved(LongSum& centre, double step, double lowest) {
  const LongSum before = centre;
  centre.add(step);
  if (centre.value() < lowest) centre = {lowest, 0};
  return centre.sum != before.sum || centre.rest != before.rest;
}

constexpr std::ptrdiff_t long_row = 4096;

// The outcome of the largest logit is a good centre where it has much of the mass. In a long flat row a
// sixteenth of the row knows better; taken together, with weight one for that outcome, they serve both.
template <class T>
void move_to_sample(const LogitProblem<T>& problem, const LogitRange<T>& range, double lowest, LongSum& centre) {
  if (problem.n < long_row) return;
  const LogitSums sample = problem.sums(centre, range, problem.n / 16);
  const double mean = sample.first.value() / (1 + sample.weight.value());
  if (std::isfinite(mean)) moved(centre, mean, lowest);
}

// K, and what the gradients need besides where K is finite: E[c] and t about the last centre, and sum e.
struct LogitAnswer {
  double kl;
  LongSum centre;
  double mean, t, weight;
};

inline LogitAnswer without_gradient(double kl) { return {kl, {}, nan, nan, nan}; }

template <class T>
LogitGradients<T> gradients_of(const LogitAnswer& answer, T top_a) {
  LongSum mean = answer.centre, log_q = answer.centre;
  mean.add(answer.mean);
  // log(q/p) = c - log(1 + t). A large logarithm is rounded by more than q can bear: add what it lost.
  const double logarithm = std::log1p(answer.t);
  log_q.add(logarithm);
  if (logarithm > 0.5) log_q.add((1 + answer.t) / std::exp(logarithm) - 1);
  return {LogitCentre<T>(top_a, mean), LogitCentre<T>(top_a, log_q), T(1 / answer.weight)};
}

// Moves the centre to the mean of b - a until the second-order part is small beside the answer. The
// centre stays so high that no exp(b - base) overflows; where that binds, K is large and t larger.
template <class T>
LogitAnswer solve(const LogitProblem<T>& problem, const LogitRange<T>& range) {
  // Where nothing is left of a there is no distribution; +inf and NaN are no logits.
  if (!(range.top_a > -infinity && range.top_a < infinity && range.top_b < infinity)) return without_gradient(nan);
  const double top_a = double(range.top_a), top_b = double(range.top_b);
  const double lowest = top_b - top_a - 0.75 * double(reach<T>);
  LongSum centre{};
  if (range.b_at_top > -infinity) {  // else the first pass says whether it was NaN or -inf
    centre.add(double(range.b_at_top));
    centre.add(-top_a);
    moved(centre, 0, lowest);
    move_to_sample(problem, range, lowest, centre);
  }
  const double closeness = problem.n < long_row ? 0.25 : 4;  // rounding is not averaged out in a short row
  LogitAnswer answer = without_gradient(nan);
  for (int tries = 0; tries < 4; ++tries) {
    const LogitSums sums = problem.sums(centre, range, problem.n);
    if (sums.undefined) return without_gradient(nan);
    if (sums.infinite) return without_gradient(infinity);
    const double weight = sums.weight.value(), mean = sums.first.value() / weight;
    const double t = sums.growth.value() / weight, excess = sums.excess.value() / weight;
    if (std::isnan(mean)) return without_gradient(nan);
    const double kl = t > -0.33 && t < 0.5 ? log1pmx(t) + excess : std::log1p(t) - mean;
    answer = {kl < 0 ? 0 : kl, centre, mean, t, weight};
    if (mean * mean <= closeness * kl || !moved(centre, mean, lowest)) break;
  }
  return answer;
}

}  // namespace kullback
