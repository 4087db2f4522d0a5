// Vectors as wide as the hardware's, from GCC's and Clang's vector extensions: no intrinsics, no libm.
//
// The same source is compiled once per instruction set with KULLBACK_ISA naming a namespace, so that
// no function compiled for a newer processor can be linked in place of the portable one. For the same
// reason the headers of this namespace call nothing inline from the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#define KULLBACK_INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#define KULLBACK_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define KULLBACK_VECTOR_BYTES 32
#else
#define KULLBACK_VECTOR_BYTES 16
#endif

namespace kullback {

// How IEEE numbers are laid out, and between which powers of two the branch-free formulas are safe:
// q'' stays normal, no product overflows, and no quotient loses bits to underflow.
template <class T>
struct Format;

template <>
struct Format<double> {
  using Bits = std::uint64_t;
  static constexpr int fraction_bits = 52;
  static constexpr double low = 0x1p-1020, high = 0x1p+1000;
  // log 2 as two numbers; the first has trailing zeros, so that k·ln2_head is exact for every exponent k
  static constexpr double ln2_head = 0x1.62e42fee00000p-1, ln2_tail = 0x1.a39ef35793c76p-33;
  // log 2 as the nearest number and the rest
  static constexpr double ln2 = 0x1.62e42fefa39efp-1, ln2_rest = 0x1.abc9e3b39803fp-56;
};

template <>
struct Format<float> {
  using Bits = std::uint32_t;
  static constexpr int fraction_bits = 23;
  static constexpr float low = 0x1p-124f, high = 0x1p+100f;
  static constexpr float ln2_head = 0.693359375f, ln2_tail = -2.12194440e-4f;
  static constexpr float ln2 = 0x1.62e430p-1f, ln2_rest = -0x1.05c610p-29f;
};

namespace KULLBACK_ISA {

#if defined(__FMA__) || defined(__aarch64__)
constexpr bool fused_products = true;
#else
constexpr bool fused_products = false;
#endif

template <class T>
struct Vector {
  typedef T Values __attribute__((vector_size(KULLBACK_VECTOR_BYTES)));
  typedef typename Format<T>::Bits Bits __attribute__((vector_size(KULLBACK_VECTOR_BYTES)));
};

template <class T>
using V = typename Vector<T>::Values;
template <class T>
using B = typename Vector<T>::Bits;
// What a comparison of two V<T> gives: all ones where it holds.
template <class T>
using M = decltype(V<T>{} < V<T>{});

template <class T>
constexpr std::ptrdiff_t lanes = KULLBACK_VECTOR_BYTES / sizeof(T);

template <class T>
KULLBACK_INLINE V<T> load(const T* from) {
  V<T> v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}

template <class T>
KULLBACK_INLINE void store(T* to, V<T> v) {
  __builtin_memcpy(to, &v, sizeof v);
}

template <class T>
KULLBACK_INLINE V<T> splat(T x) {
  return V<T>{} + x;
}

template <class T>
KULLBACK_INLINE V<T> smaller(V<T> a, V<T> b) {
  return a < b ? a : b;
}

template <class T>
KULLBACK_INLINE V<T> larger(V<T> a, V<T> b) {
  return a > b ? a : b;
}

template <class T>
KULLBACK_INLINE bool any(M<T> mask) {
  using Word = std::uint64_t;
  typedef Word Words __attribute__((vector_size(KULLBACK_VECTOR_BYTES)));
  const Words words = (Words)mask;
  Word all = 0;
  for (std::size_t i = 0; i < KULLBACK_VECTOR_BYTES / sizeof(Word); ++i) all |= words[i];
  return all != 0;
}

// Lanes from `first` on.
template <class T>
KULLBACK_INLINE M<T> lanes_from(std::ptrdiff_t first) {
  V<T> index{};
  for (std::ptrdiff_t i = 0; i < lanes<T>; ++i) index[i] = T(i);
  return index >= splat<T>(T(first));
}

template <class T>
KULLBACK_INLINE T lowest_lane(V<T> v) {
  T x = v[0];
  for (std::ptrdiff_t i = 1; i < lanes<T>; ++i) x = v[i] < x ? v[i] : x;
  return x;
}

template <class T>
KULLBACK_INLINE T highest_lane(V<T> v) {
  T x = v[0];
  for (std::ptrdiff_t i = 1; i < lanes<T>; ++i) x = v[i] > x ? v[i] : x;
  return x;
}

// c[0] + c[1] x + ... by Estrin's scheme: short chains, so that the multipliers stay busy.
template <class T, std::size_t n>
KULLBACK_INLINE V<T> polynomial(const T (&c)[n], V<T> x) {
  constexpr std::size_t pairs = (n + 1) / 2;
  V<T> part[pairs];
  for (std::size_t i = 0; i < pairs; ++i)
    part[i] = 2 * i + 1 < n ? splat<T>(c[2 * i]) + c[2 * i + 1] * x : splat<T>(c[2 * i]);
  for (std::size_t left = pairs; left > 1; left = (left + 1) / 2) {
    x = x * x;
    for (std::size_t i = 0; i < left / 2; ++i) part[i] = part[2 * i] + part[2 * i + 1] * x;
    if (left % 2) part[left / 2] = part[left - 1];
  }
  return part[0];
}

}  // namespace KULLBACK_ISA
}  // namespace kullback
