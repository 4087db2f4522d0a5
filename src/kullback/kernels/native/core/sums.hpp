// Sums that keep what rounding would lose (Knuth's TwoSum; Ogita, Rump & Oishi 2005, algorithm 4.4).
#pragma once

#include "vec.hpp"

namespace kullback {

// sum + rest: about twice the precision of double. Zero is written LongSum{}: arrays of these are filled
// before they are read, and clearing them first would take longer than a short row.
struct LongSum {
  double sum, rest;

  __attribute__((always_inline)) void add(double x) {
    const double total = sum + x, part = total - sum;
    rest += (sum - (total - part)) + (x - part);
    sum = total;
  }
  __attribute__((always_inline)) void add(const LongSum& other) {
    add(other.sum);
    rest += other.rest;
  }
  __attribute__((always_inline)) double value() const { return sum + rest; }
};

// All that one row's divergence needs: sum of the terms, of p, and of p - q.
struct DivergenceSums {
  LongSum terms, mass, gap;

  __attribute__((always_inline)) void add(const DivergenceSums& other) {
    terms.add(other.terms);
    mass.add(other.mass);
    gap.add(other.gap);
  }
};

namespace KULLBACK_ISA {

// A LongSum in every lane.
template <class T>
struct LongSums {
  V<T> sum{}, rest{};

  __attribute__((always_inline)) void add(V<T> x) {
    const V<T> total = sum + x, part = total - sum;
    rest += (sum - (total - part)) + (x - part);
    sum = total;
  }
  // All lanes as one, added as a tree.
  __attribute__((always_inline)) LongSum across() const {
    LongSum part[lanes<T>];
    for (std::ptrdiff_t i = 0; i < lanes<T>; ++i) part[i] = {double(sum[i]), double(rest[i])};
    for (std::ptrdiff_t half = lanes<T> / 2; half > 0; half /= 2)
      for (std::ptrdiff_t i = 0; i < half; ++i) part[i].add(part[i + half]);
    return part[0];
  }
};

}  // namespace KULLBACK_ISA
}  // namespace kullback
