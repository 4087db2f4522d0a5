"""Build the compiled core: the same kernels once per instruction set, chosen at run time.

Everything else is in pyproject.toml. The core is optional: where it can't be compiled, the install goes
on without it, `kullback.kernels.native.available` is False, and NumPy serves with the same formulas.
"""

import os
import platform
import sysconfig
from pathlib import Path
from typing import Final

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CORE: Final = Path("src/kullback/kernels/native/core")
FLAGS: Final = [
    "-std=c++17",
    "-O3",
    "-g0",
    "-fvisibility=hidden",
    "-ffp-contract=fast",  # never -ffast-math: compensated sums and NaN must mean what they say
    "-fno-math-errno",
    "-fno-trapping-math",
    "-Wall",
    "-Wextra",
]
X86_LEVELS: Final = {
    "avx2": ["-mavx2", "-mfma"],
    "avx512": ["-mavx2", "-mfma", "-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw"],
}
FREE_THREADED: Final = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))  # has no stable ABI yet
LIMITED_API: Final = [] if FREE_THREADED else [("Py_LIMITED_API", "0x030B0000")]


def instruction_sets() -> tuple[str, dict[str, list[str]]]:
    """Name the plainest instruction set of this machine, and those to build beside it with their flags."""
    machine = platform.machine().lower()
    several = os.environ.get("ARCHFLAGS", "").count("-arch") > 1  # one compilation for two processors
    if several:
        return "baseline", {}
    if machine in {"x86_64", "amd64"}:
        return "sse2", X86_LEVELS
    return ("neon" if machine in {"aarch64", "arm64"} else "baseline"), {}


class BuildCore(build_ext):
    """Compile `kernels.cpp` once per instruction set, then the module that chooses among them."""

    def build_extension(self, ext: Extension) -> None:
        baseline, levels = instruction_sets()
        ext.extra_objects = [
            *self._kernels(baseline, []),
            *(path for name, flags in levels.items() for path in self._kernels(name, flags)),
        ]
        ext.define_macros = [
            *LIMITED_API,
            ("KULLBACK_BASELINE", baseline),
            *((f"KULLBACK_HAS_{name.upper()}", "1") for name in levels),
        ]
        ext.include_dirs = [numpy.get_include()]
        super().build_extension(ext)

    def _kernels(self, name: str, flags: list[str]) -> list[str]:
        objects: list[str] = self.compiler.compile(
            [str(CORE / "kernels.cpp")],
            output_dir=str(Path(self.build_temp) / name),
            macros=[("KULLBACK_ISA", name)],
            extra_postargs=[*FLAGS, *flags],
            debug=self.debug,
        )
        return objects


setup(
    cmdclass={"build_ext": BuildCore},
    ext_modules=[
        Extension(
            "kullback.kernels.native._core",
            sources=[str(CORE / "module.cpp")],
            depends=sorted(str(path) for path in CORE.glob("*.*pp")),
            extra_compile_args=FLAGS,
            py_limited_api=not FREE_THREADED,
            language="c++",
            optional=True,
        )
    ],
    # The sources are for the sdist (MANIFEST.in); an install has no use for them.
    exclude_package_data={"kullback.kernels.native": ["core/*"]},
    options={} if FREE_THREADED else {"bdist_wheel": {"py_limited_api": "cp311"}},
)
