// NumPy's inner loops: any strides, no validation. `data` is the table of kernels.
#pragma once

#include <cfenv>

#include "finish.hpp"
#include "kernels.hpp"
#include "pieces.hpp"

namespace kullback {

// NumPy reads the processor's exception flags after a loop, and would warn of what was met on roads
// not taken (0/0 in a lane that a selection threw away). Infinity and NaN are answers here.
struct QuietFlags {
  ~QuietFlags() { std::feclearexcept(FE_ALL_EXCEPT); }
};

constexpr std::ptrdiff_t row_batch = 64;

template <class T>
DivergenceSums sums_of(const KernelsOf<T>& kernels, const Strided<T>& p, const Strided<T>& q, std::ptrdiff_t n) {
  DivergenceSums row{};
  in_pieces<T>(p, q, n, [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t count) {
    kernels.add_row(x, y, count, row);
  });
  return row;
}

// (n),(n)->()
template <class T>
void kl_loop(char** args, const npy_intp* dims, const npy_intp* steps, void* data) {
  const QuietFlags quiet;
  const auto& kernels = static_cast<const Kernels*>(data)->of(T());
  const npy_intp rows = dims[0], n = dims[1], size = sizeof(T);
  const auto put = [&](npy_intp r, const DivergenceSums& row) {
    *reinterpret_cast<T*>(args[2] + r * steps[2]) = T(kl_of(row));
  };
  const Strided<T> p{args[0], steps[3]}, q{args[1], steps[4]};
  if (p.contiguous(n) && q.contiguous(n) && steps[0] % size == 0 && steps[1] % size == 0) {
    DivergenceSums batch[row_batch];
    for (npy_intp done = 0; done < rows; done += row_batch) {
      const npy_intp count = std::min<npy_intp>(row_batch, rows - done);
      kernels.sum_rows(reinterpret_cast<const T*>(args[0] + done * steps[0]), steps[0] / size,
                       reinterpret_cast<const T*>(args[1] + done * steps[1]), steps[1] / size, count, n, batch);
      for (npy_intp i = 0; i < count; ++i) put(done + i, batch[i]);
    }
    return;
  }
  for (npy_intp r = 0; r < rows; ++r)
    put(r, sums_of<T>(kernels, {args[0] + r * steps[0], steps[3]}, {args[1] + r * steps[1], steps[4]}, n));
}

// (n),(n)->(),(n),(n)
template <class T>
void kl_and_grad_loop(char** args, const npy_intp* dims, const npy_intp* steps, void* data) {
  const QuietFlags quiet;
  const auto& kernels = static_cast<const Kernels*>(data)->of(T());
  const npy_intp n = dims[1];
  for (npy_intp r = 0; r < dims[0]; ++r) {
    const Strided<T> p{args[0] + r * steps[0], steps[5]}, q{args[1] + r * steps[1], steps[6]};
    const DivergenceSums row = sums_of<T>(kernels, p, q, n);
    const double kl = kl_of(row);
    const GradientConstants constants = gradient_constants(row, kl);
    *reinterpret_cast<T*>(args[2] + r * steps[2]) = T(kl);
    char *by_p = args[3] + r * steps[3], *by_q = args[4] + r * steps[4];
    for (npy_intp from = 0; from < n; from += piece_length) {
      const npy_intp count = std::min<npy_intp>(piece_length, n - from);
      Output<T> out_p(by_p + from * steps[7], steps[7], count), out_q(by_q + from * steps[8], steps[8], count);
      in_pieces<T>({p.at + from * p.step, p.step}, {q.at + from * q.step, q.step}, count,
                   [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t m) {
                     kernels.gradients(x, y, m, constants, out_p.pointer(), out_q.pointer());
                   });
    }
  }
}

// (n),(n)->()
template <class T>
void logits_loop(char** args, const npy_intp* dims, const npy_intp* steps, void* data) {
  const QuietFlags quiet;
  const auto& kernels = static_cast<const Kernels*>(data)->of(T());
  for (npy_intp r = 0; r < dims[0]; ++r) {
    const LogitProblem<T> row{kernels, {args[0] + r * steps[0], steps[3]}, {args[1] + r * steps[1], steps[4]}, dims[1]};
    *reinterpret_cast<T*>(args[2] + r * steps[2]) = T(solve(row, row.range()).kl);
  }
}

// Gradients of a row whose divergence is infinite or NaN: the limits as the masked entries of q go to zero.
template <class T>
void boundless_logit_gradients(const Strided<T>& a, const Strided<T>& b, std::ptrdiff_t n, double kl,
                               const LogitRange<T>& range, char* by_a, std::ptrdiff_t step_a, char* by_b,
                               std::ptrdiff_t step_b) {
  const auto at = [](const Strided<T>& x, std::ptrdiff_t i) {
    return double(*reinterpret_cast<const T*>(x.at + i * x.step));
  };
  double mass_p = 0, mass_q = 0;
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    mass_p += std::exp(at(a, i) - double(range.top_a));
    mass_q += std::exp(at(b, i) - double(range.top_b));
  }
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const double p = std::exp(at(a, i) - double(range.top_a)) / mass_p;
    const double q = std::exp(at(b, i) - double(range.top_b)) / mass_q;
    const double slope = at(a, i) == -infinity ? 0 : at(b, i) == -infinity ? infinity : -infinity;
    *reinterpret_cast<T*>(by_a + i * step_a) = T(std::isnan(kl) ? nan : slope);
    *reinterpret_cast<T*>(by_b + i * step_b) = T(std::isnan(kl) ? nan : q - p);
  }
}

// (n),(n)->(),(n),(n)
template <class T>
void logits_and_grad_loop(char** args, const npy_intp* dims, const npy_intp* steps, void* data) {
  const QuietFlags quiet;
  const auto& kernels = static_cast<const Kernels*>(data)->of(T());
  const npy_intp n = dims[1];
  for (npy_intp r = 0; r < dims[0]; ++r) {
    const Strided<T> a{args[0] + r * steps[0], steps[5]}, b{args[1] + r * steps[1], steps[6]};
    const LogitProblem<T> problem{kernels, a, b, n};
    const LogitRange<T> range = problem.range();
    const LogitAnswer answer = solve(problem, range);
    *reinterpret_cast<T*>(args[2] + r * steps[2]) = T(answer.kl);
    char *by_a = args[3] + r * steps[3], *by_b = args[4] + r * steps[4];
    if (!std::isfinite(answer.kl)) {
      boundless_logit_gradients<T>(a, b, n, answer.kl, range, by_a, steps[7], by_b, steps[8]);
      continue;
    }
    const LogitGradients<T> row = gradients_of(answer, range.top_a);
    for (npy_intp from = 0; from < n; from += piece_length) {
      const npy_intp count = std::min<npy_intp>(piece_length, n - from);
      Output<T> out_a(by_a + from * steps[7], steps[7], count), out_b(by_b + from * steps[8], steps[8], count);
      in_pieces<T>({a.at + from * a.step, a.step}, {b.at + from * b.step, b.step}, count,
                   [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t m) {
                     kernels.logit_gradients(x, y, m, row, out_a.pointer(), out_b.pointer());
                   });
    }
  }
}

// Elementwise, with `Pick` choosing the kernel.
template <class T, void (*KernelsOf<T>::*kernel)(const T*, const T*, T*, std::ptrdiff_t)>
void elementwise_loop(char** args, const npy_intp* dims, const npy_intp* steps, void* data) {
  const QuietFlags quiet;
  const auto& kernels = static_cast<const Kernels*>(data)->of(T());
  const Strided<T> p{args[0], steps[0]}, q{args[1], steps[1]};
  if (p.contiguous(dims[0]) && q.contiguous(dims[0]) && (steps[2] == sizeof(T) || dims[0] == 1))
    return (kernels.*kernel)(p.pointer(), q.pointer(), reinterpret_cast<T*>(args[2]), dims[0]);
  for (npy_intp from = 0; from < dims[0]; from += piece_length) {
    const npy_intp count = std::min<npy_intp>(piece_length, dims[0] - from);
    Output<T> out(args[2] + from * steps[2], steps[2], count);
    in_pieces<T>({p.at + from * p.step, p.step}, {q.at + from * q.step, q.step}, count,
                 [&](const T* x, const T* y, std::ptrdiff_t, std::ptrdiff_t m) {
                   (kernels.*kernel)(x, y, out.pointer(), m);
                 });
  }
}

}  // namespace kullback
