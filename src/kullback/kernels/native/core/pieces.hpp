// Arrays whose entries lie apart are copied through a small buffer on the stack, piece by piece.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace kullback {

constexpr std::ptrdiff_t piece_length = 512;

// Entries `step` bytes apart from `at` on.
template <class T>
struct Strided {
  const char* at;
  std::ptrdiff_t step;

  bool contiguous(std::ptrdiff_t n) const { return step == std::ptrdiff_t(sizeof(T)) || n == 1; }
  const T* pointer() const { return reinterpret_cast<const T*>(at); }
  void copy(std::ptrdiff_t from, std::ptrdiff_t count, T* to) const {
    for (std::ptrdiff_t i = 0; i < count; ++i) std::memcpy(to + i, at + (from + i) * step, sizeof(T));
  }
};

// Calls `use(a, b, from, count)` with contiguous pieces that together make the two rows.
template <class T, class Use>
void in_pieces(const Strided<T>& a, const Strided<T>& b, std::ptrdiff_t n, Use use) {
  if (a.contiguous(n) && b.contiguous(n)) return use(a.pointer(), b.pointer(), std::ptrdiff_t(0), n);
  T copy_a[piece_length], copy_b[piece_length];
  for (std::ptrdiff_t from = 0; from < n; from += piece_length) {
    const std::ptrdiff_t count = std::min(piece_length, n - from);
    a.copy(from, count, copy_a);
    b.copy(from, count, copy_b);
    use(copy_a, copy_b, from, count);
  }
}

// A place for `count` results: the output itself where it is contiguous, else a buffer written back at the end.
template <class T>
class Output {
 public:
  Output(char* at, std::ptrdiff_t step, std::ptrdiff_t count)
      : at_(at), step_(step), count_(count), direct_(step == std::ptrdiff_t(sizeof(T))) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (!direct_)
      for (std::ptrdiff_t i = 0; i < count_; ++i) std::memcpy(at_ + i * step_, buffer_ + i, sizeof(T));
  }
  T* pointer() { return direct_ ? reinterpret_cast<T*>(at_) : buffer_; }

 private:
  char* at_;
  std::ptrdiff_t step_, count_;
  bool direct_;
  T buffer_[piece_length];
};

}  // namespace kullback
