// Compiled once per instruction set, with -DKULLBACK_ISA=<name> and the flags of setup.py.
#include "kernels.hpp"

#define KULLBACK_TEXT_(x) #x
#define KULLBACK_TEXT(x) KULLBACK_TEXT_(x)

namespace kullback {
namespace KULLBACK_ISA {

template <class T>
static constexpr KernelsOf<T> kernels_of() {
  return {add_row<T>,   sum_rows<T>,    terms<T>,         log_ratios<T>,
          gradients<T>, logit_range<T>, logit_sums<T>, logit_gradients<T>};
}

extern const Kernels kernels;
const Kernels kernels = {KULLBACK_TEXT(KULLBACK_ISA), kernels_of<float>(), kernels_of<double>()};

}  // namespace KULLBACK_ISA
}  // namespace kullback
