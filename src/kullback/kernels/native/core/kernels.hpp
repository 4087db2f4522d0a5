// The table through which the rest of the module calls what was compiled for one instruction set.
#pragma once

#include "divergence.hpp"
#include "elementwise.hpp"
#include "logits.hpp"

namespace kullback {

template <class T>
struct KernelsOf {
  using size = std::ptrdiff_t;
  void (*add_row)(const T* p, const T* q, size n, DivergenceSums& out);
  void (*sum_rows)(const T* p, size step_p, const T* q, size step_q, size rows, size n, DivergenceSums* out);
  void (*terms)(const T* p, const T* q, T* out, size n);
  void (*log_ratios)(const T* p, const T* q, T* out, size n);
  void (*gradients)(const T* p, const T* q, size n, const GradientConstants& row, T* by_p, T* by_q);
  void (*logit_range)(const T* a, const T* b, size n, LogitRange<T>& out);
  void (*logit_sums)(const T* a, const T* b, size n, const LogitCentre<T>& at, bool plain, LogitSums& out);
  void (*logit_gradients)(const T* a, const T* b, size n, const LogitGradients<T>& row, T* by_a, T* by_b);
};

struct Kernels {
  const char* name;
  KernelsOf<float> f32;
  KernelsOf<double> f64;

  const KernelsOf<float>& of(float) const { return f32; }
  const KernelsOf<double>& of(double) const { return f64; }
};

}  // namespace kullback
