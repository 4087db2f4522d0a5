// Work shared among threads, where the caller asked for more than one.
#pragma once

#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace kullback {

// Calls work(part, first, last) on about equal parts of 0..count, each bound a multiple of `grain`.
template <class Work>
void in_parallel(std::ptrdiff_t count, std::ptrdiff_t grain, int threads, Work work) {
  const std::ptrdiff_t grains = (count + grain - 1) / grain;
  const std::ptrdiff_t parts = threads < grains ? threads : grains;
  const auto bound = [=](std::ptrdiff_t part) { return part == parts ? count : grains * part / parts * grain; };
  if (parts <= 1) return work(std::ptrdiff_t(0), std::ptrdiff_t(0), count);
  std::vector<std::thread> helpers;
  helpers.reserve(std::size_t(parts));
  std::ptrdiff_t part = 1;
  try {
    for (; part < parts; ++part) helpers.emplace_back(work, part, bound(part), bound(part + 1));
  } catch (const std::system_error&) {
    work(part, bound(part), count);  // the system has no more threads to give: do the rest here
  }
  work(std::ptrdiff_t(0), std::ptrdiff_t(0), bound(1));
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace kullback
