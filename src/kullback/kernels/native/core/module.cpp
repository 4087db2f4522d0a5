// The Python module `kullback.kernels.native._core`. Its state is what it holds: no globals change.
#define PY_SSIZE_T_CLEAN
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

#include <atomic>
#include <string_view>

#include "finish.hpp"
#include "kernels.hpp"
#include "loops.hpp"
#include "parallel.hpp"

namespace kullback {

// One name for each compiled table; setup.py defines KULLBACK_BASELINE and what was built beside it.
namespace KULLBACK_BASELINE {
extern const Kernels kernels;
}
#ifdef KULLBACK_HAS_AVX2
namespace avx2 {
extern const Kernels kernels;
}
#endif
#ifdef KULLBACK_HAS_AVX512
namespace avx512 {
extern const Kernels kernels;
}
#endif

namespace {

constexpr int most_levels = 3;

// The tables that this processor can run, the plainest first.
struct Levels {
  const Kernels* table[most_levels];
  int count = 0;

  Levels() : table{} {
    table[count++] = &KULLBACK_BASELINE::kernels;
#ifdef KULLBACK_HAS_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      table[count++] = &avx2::kernels;
#ifdef KULLBACK_HAS_AVX512
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        table[count++] = &avx512::kernels;
#endif
    }
#endif
  }
};

const Levels levels;

// Below this many entries a thread switch costs more than the work.
constexpr npy_intp worth_releasing = 20000;
constexpr npy_intp entries_per_thread = 65536;

class WithoutGil {
 public:
  explicit WithoutGil(bool release) : state_(release ? PyEval_SaveThread() : nullptr) {}
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;
  ~WithoutGil() {
    if (state_) PyEval_RestoreThread(state_);
  }

 private:
  PyThreadState* state_;
};

// Two arrays for which no question is open: exact ndarrays of one shape and one float type, contiguous,
// aligned, native, with something to sum. All else is for Python to look into.
struct SimplePair {
  PyArrayObject *p, *q;
  int type = NPY_NOTYPE, ndim = 0;
  npy_intp n = 0, rows = 0;

  static bool accept(PyObject* a, PyObject* b, SimplePair& out) {
    if (!PyArray_CheckExact(a) || !PyArray_CheckExact(b)) return false;
    out.p = reinterpret_cast<PyArrayObject*>(a);
    out.q = reinterpret_cast<PyArrayObject*>(b);
    out.type = PyArray_TYPE(out.p);
    out.ndim = PyArray_NDIM(out.p);
    if ((out.type != NPY_DOUBLE && out.type != NPY_FLOAT) || PyArray_TYPE(out.q) != out.type) return false;
    if (out.ndim < 1 || PyArray_NDIM(out.q) != out.ndim) return false;
    if (!PyArray_ISCARRAY_RO(out.p) || !PyArray_ISCARRAY_RO(out.q)) return false;
    if (!PyArray_CompareLists(PyArray_DIMS(out.p), PyArray_DIMS(out.q), out.ndim)) return false;
    out.n = PyArray_DIM(out.p, out.ndim - 1);
    if (out.n == 0) return false;
    out.rows = PyArray_SIZE(out.p) / out.n;
    return true;
  }
};

// A new array of one number per row, or for a single vector a scalar.
template <class T>
PyObject* answers_for(const SimplePair& pair, PyArrayObject** array, T* scalar, T** out) {
  if (pair.ndim == 1) {
    *array = nullptr;
    *out = scalar;
    return Py_None;
  }
  PyObject* result = PyArray_SimpleNew(pair.ndim - 1, PyArray_DIMS(pair.p), pair.type);
  *array = reinterpret_cast<PyArrayObject*>(result);
  if (result) *out = static_cast<T*>(PyArray_DATA(*array));
  return result;
}

template <class T>
PyObject* scalar_object(const SimplePair& pair, T value) {
  return PyArray_Scalar(&value, PyArray_DESCR(pair.p), nullptr);
}

// Divergences of rows first..last into `out`; false when a row breaks a rule that was to be checked.
template <class T>
bool kl_rows(const KernelsOf<T>& kernels, const T* p, const T* q, npy_intp first, npy_intp last, npy_intp n,
             bool validate, T* out) {
  DivergenceSums batch[row_batch];
  bool valid = true;
  for (npy_intp done = first; done < last; done += row_batch) {
    const npy_intp count = std::min<npy_intp>(row_batch, last - done);
    kernels.sum_rows(p + done * n, n, q + done * n, n, count, n, batch);
    for (npy_intp i = 0; i < count; ++i) {
      const double kl = kl_of(batch[i]);
      out[done + i] = T(kl);
      if (validate) valid &= !std::isnan(kl) && sums_to_one<T>(batch[i], n);
    }
  }
  return valid;
}

// One long row, shared among threads.
template <class T>
DivergenceSums sums_of_long_row(const KernelsOf<T>& kernels, const T* p, const T* q, npy_intp n, int threads) {
  auto parts = std::vector<DivergenceSums>(static_cast<std::size_t>(threads));
  in_parallel(n, entries_per_thread, threads, [&](std::ptrdiff_t part, std::ptrdiff_t first, std::ptrdiff_t last) {
    kernels.add_row(p + first, q + first, last - first, parts[std::size_t(part)]);
  });
  DivergenceSums row{};
  for (const DivergenceSums& part : parts) row.add(part);
  return row;
}

template <class T>
bool kl_all(const KernelsOf<T>& kernels, const SimplePair& pair, bool validate, int threads, T* out) {
  const T *p = static_cast<const T*>(PyArray_DATA(pair.p)), *q = static_cast<const T*>(PyArray_DATA(pair.q));
  if (threads == 1 || pair.rows * pair.n < 2 * entries_per_thread)
    return kl_rows<T>(kernels, p, q, 0, pair.rows, pair.n, validate, out);
  if (pair.rows < threads && pair.n >= 2 * entries_per_thread) {
    bool valid = true;
    for (npy_intp r = 0; r < pair.rows; ++r) {
      const DivergenceSums row = sums_of_long_row<T>(kernels, p + r * pair.n, q + r * pair.n, pair.n, threads);
      const double kl = kl_of(row);
      out[r] = T(kl);
      if (validate) valid &= !std::isnan(kl) && sums_to_one<T>(row, pair.n);
    }
    return valid;
  }
  std::atomic<bool> valid{true};
  const npy_intp grain = std::max<npy_intp>(1, entries_per_thread / pair.n);
  in_parallel(pair.rows, grain, threads, [&](std::ptrdiff_t, std::ptrdiff_t first, std::ptrdiff_t last) {
    if (!kl_rows<T>(kernels, p, q, first, last, pair.n, validate, out)) valid = false;
  });
  return valid;
}

template <class T>
bool logits_all(const KernelsOf<T>& kernels, const SimplePair& pair, bool, int threads, T* out) {
  const T *a = static_cast<const T*>(PyArray_DATA(pair.p)), *b = static_cast<const T*>(PyArray_DATA(pair.q));
  const npy_intp n = pair.n, grain = std::max<npy_intp>(1, entries_per_thread / n), step = sizeof(T);
  in_parallel(pair.rows, grain, threads, [&](std::ptrdiff_t, std::ptrdiff_t first, std::ptrdiff_t last) {
    for (std::ptrdiff_t r = first; r < last; ++r) {
      const LogitProblem<T> row{kernels,
                                {reinterpret_cast<const char*>(a + r * n), step},
                                {reinterpret_cast<const char*>(b + r * n), step},
                                n};
      out[r] = T(solve(row, row.range()).kl);
    }
  });
  return true;
}

template <class T>
using AllRows = bool (*)(const KernelsOf<T>&, const SimplePair&, bool, int, T*);

template <class T>
PyObject* answer(const Kernels& kernels, const SimplePair& pair, bool validate, int threads, AllRows<T> all) {
  PyArrayObject* array;
  T scalar, *out;
  PyObject* result = answers_for<T>(pair, &array, &scalar, &out);
  if (!result) return nullptr;
  bool valid;
  {
    const WithoutGil released(pair.rows * pair.n > worth_releasing);
    valid = all(kernels.of(T()), pair, validate, threads, out);
  }
  if (!valid) {
    Py_XDECREF(reinterpret_cast<PyObject*>(array));
    Py_RETURN_NONE;
  }
  return array ? result : scalar_object<T>(pair, scalar);
}

const Kernels* kernels_of(PyObject* capsule) {
  return static_cast<const Kernels*>(PyCapsule_GetPointer(capsule, nullptr));
}

// The optional third argument, a number of threads; 0 with an exception set when it is not one.
int threads_of(PyObject* const* args, Py_ssize_t count, const char* name) {
  if (count < 2 || count > 3) {
    PyErr_Format(PyExc_TypeError, "%s(p, q, threads=1, /) takes two or three arguments, not %zd", name, count);
    return 0;
  }
  if (count == 2) return 1;
  const long threads = PyLong_AsLong(args[2]);
  if (threads == -1 && PyErr_Occurred()) return 0;
  if (threads < 1 || threads > 1024) {
    PyErr_Format(PyExc_ValueError, "threads=%ld must lie between 1 and 1024", threads);
    return 0;
  }
  return int(threads);
}

PyObject* call(PyObject* self, PyObject* const* args, Py_ssize_t count, const char* name, bool validate,
               AllRows<double> all64, AllRows<float> all32) {
  const int threads = threads_of(args, count, name);
  if (!threads) return nullptr;
  SimplePair pair;
  if (!SimplePair::accept(args[0], args[1], pair)) Py_RETURN_NONE;
  const Kernels& kernels = *kernels_of(self);
  return pair.type == NPY_DOUBLE ? answer<double>(kernels, pair, validate, threads, all64)
                                 : answer<float>(kernels, pair, validate, threads, all32);
}

PyObject* fast(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  return call(self, args, count, "fast", true, kl_all<double>, kl_all<float>);
}

PyObject* unchecked(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  return call(self, args, count, "unchecked", false, kl_all<double>, kl_all<float>);
}

PyObject* unchecked_logits(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  return call(self, args, count, "unchecked_logits", false, logits_all<double>, logits_all<float>);
}

PyObject* sum_tolerance_object(PyObject*, PyObject* args) {
  const char* kind;
  Py_ssize_t n;
  if (!PyArg_ParseTuple(args, "sn:sum_tolerance", &kind, &n)) return nullptr;
  const std::string_view name(kind);
  if (name == "float64") return PyFloat_FromDouble(sum_tolerance<double>(n));
  if (name == "float32") return PyFloat_FromDouble(sum_tolerance<float>(n));
  PyErr_Format(PyExc_ValueError, "no tolerance for '%s': float64 and float32 are compiled", kind);
  return nullptr;
}

PyMethodDef functions_of_a_level[] = {
    {"fast", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(fast)), METH_FASTCALL,
     "fast(p, q, threads=1, /)\n--\n\nD(p || q) in nats of rows that are simple and valid, else None."},
    {"unchecked", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(unchecked)), METH_FASTCALL,
     "unchecked(p, q, threads=1, /)\n--\n\nThe same without validation; None where the arrays are not simple."},
    {"unchecked_logits", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(unchecked_logits)),
     METH_FASTCALL,
     "unchecked_logits(a, b, threads=1, /)\n--\n\nD(softmax a || softmax b); None where the arrays are not simple."},
};

// What NumPy needs to keep for as long as a ufunc lives.
template <void (*f32)(char**, const npy_intp*, const npy_intp*, void*),
          void (*f64)(char**, const npy_intp*, const npy_intp*, void*)>
struct Loops {
  static inline PyUFuncGenericFunction functions[2] = {f32, f64};
};

const char two_to_one[] = {NPY_FLOAT, NPY_FLOAT, NPY_FLOAT, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
const char two_to_three[] = {NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,
                             NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};

using TermsLoops = Loops<elementwise_loop<float, &KernelsOf<float>::terms>,
                         elementwise_loop<double, &KernelsOf<double>::terms>>;
using LogRatioLoops = Loops<elementwise_loop<float, &KernelsOf<float>::log_ratios>,
                            elementwise_loop<double, &KernelsOf<double>::log_ratios>>;
using KlLoops = Loops<kl_loop<float>, kl_loop<double>>;
using KlGradLoops = Loops<kl_and_grad_loop<float>, kl_and_grad_loop<double>>;
using LogitsLoops = Loops<logits_loop<float>, logits_loop<double>>;
using LogitsGradLoops = Loops<logits_and_grad_loop<float>, logits_and_grad_loop<double>>;

struct UfuncSpec {
  const char *name, *signature, *doc;
  PyUFuncGenericFunction* functions;
  const char* types;
  int outputs;
};

const UfuncSpec ufuncs[] = {
    {"kl_terms", nullptr, "p log(p/q) - p + q >= 0, elementwise.", TermsLoops::functions, two_to_one, 1},
    {"log_ratio", nullptr, "log(p/q), elementwise, accurate near p = q.", LogRatioLoops::functions, two_to_one, 1},
    {"kl_divergence", "(n),(n)->()", "D(p || q) of the normalised rows, in nats.", KlLoops::functions, two_to_one, 1},
    {"kl_divergence_from_logits", "(n),(n)->()", "D(softmax a || softmax b), in nats.", LogitsLoops::functions,
     two_to_one, 1},
    {"kl_divergence_and_grad", "(n),(n)->(),(n),(n)", "D(p || q) and its gradients by p and by q.",
     KlGradLoops::functions, two_to_three, 3},
    {"kl_divergence_from_logits_and_grad", "(n),(n)->(),(n),(n)",
     "D(softmax a || softmax b) and its gradients by a and by b.", LogitsGradLoops::functions, two_to_three, 3},
};

bool add_steal(PyObject* module, const char* name, PyObject* value) {
  if (!value) return false;
  const int failed = PyModule_AddObjectRef(module, name, value);
  Py_DECREF(value);
  return failed == 0;
}

// Puts every function, bound to one table of kernels, into a module.
bool fill(PyObject* module, int level) {
  // NumPy keeps pointers to these for ever; they never change.
  static void* const data[most_levels][2] = {
      {const_cast<Kernels*>(levels.table[0]), const_cast<Kernels*>(levels.table[0])},
      {const_cast<Kernels*>(levels.table[1]), const_cast<Kernels*>(levels.table[1])},
      {const_cast<Kernels*>(levels.table[2]), const_cast<Kernels*>(levels.table[2])}};
  const Kernels* table = levels.table[level];
  PyObject* capsule = PyCapsule_New(const_cast<Kernels*>(table), nullptr, nullptr);
  if (!capsule) return false;
  bool good = true;
  for (PyMethodDef& method : functions_of_a_level)
    good = good && add_steal(module, method.ml_name, PyCFunction_NewEx(&method, capsule, nullptr));
  Py_DECREF(capsule);
  for (const UfuncSpec& u : ufuncs)
    good = good && add_steal(module, u.name,
                             PyUFunc_FromFuncAndDataAndSignature(u.functions, data[level], u.types, 2, 2, u.outputs,
                                                                 PyUFunc_None, u.name, u.doc, 0, u.signature));
  return good && add_steal(module, "isa", PyUnicode_FromString(table->name));
}

PyObject* isa_levels(PyObject*, PyObject*) {
  PyObject* names = PyTuple_New(levels.count);
  for (int i = 0; names && i < levels.count; ++i) {
    PyObject* name = PyUnicode_FromString(levels.table[i]->name);
    if (!name || PyTuple_SetItem(names, i, name) < 0) Py_CLEAR(names);
  }
  return names;
}

PyObject* variant(PyObject*, PyObject* args) {
  const char* name;
  if (!PyArg_ParseTuple(args, "s:variant", &name)) return nullptr;
  for (int i = 0; i < levels.count; ++i)
    if (std::string_view(name) == levels.table[i]->name) {
      PyObject* module = PyModule_New("kullback.kernels.native._core");
      if (module && !fill(module, i)) Py_CLEAR(module);
      return module;
    }
  PyErr_Format(PyExc_ValueError, "'%s' was not built or does not run here: isa_levels() lists what does", name);
  return nullptr;
}

int execute(PyObject* module) {
  if (PyArray_ImportNumPyAPI() < 0 || PyUFunc_ImportUFuncAPI() < 0) return -1;
  return fill(module, levels.count - 1) ? 0 : -1;
}

PyMethodDef functions_of_the_module[] = {
    {"isa_levels", isa_levels, METH_NOARGS,
     "isa_levels()\n--\n\nThe instruction sets that were built and run here, the plainest first."},
    {"variant", variant, METH_VARARGS,
     "variant(isa, /)\n--\n\nA module with the functions of this one, compiled for the named instruction set."},
    {"sum_tolerance", sum_tolerance_object, METH_VARARGS,
     "sum_tolerance(dtype, n, /)\n--\n\nBy how much n probabilities may miss one, as `fast` has it."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr},
};

PyModuleDef definition = {PyModuleDef_HEAD_INIT, "kullback.kernels.native._core",
                          "The compiled core: Kullback-Leibler divergence of NumPy arrays.",
                          0, functions_of_the_module, slots, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace kullback

PyMODINIT_FUNC PyInit__core(void) { return PyModuleDef_Init(&kullback::definition); }
