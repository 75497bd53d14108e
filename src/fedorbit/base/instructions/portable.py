"""The same bytes on every x86-64 processor with SSE4.2, which all have since 2011.

Every library that computes takes the instructions that all processors have, so that
sums have one order, no product is fused with a sum, and functions have one rounding.
What each variable costs is in bench/numerics.md.
"""

VARIABLES = {
    # Threads share a matrix product out, and so order its sums.
    "OMP_NUM_THREADS": "1",
    # The C library's sin, cos, exp, pow and others have variants with fused products.
    # Names with _Usable are those of glibc before 2.33; it ignores what it lacks.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps="
    "-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable",
    # NumPy's own functions and sorts: all that it lists as dispatched.
    "NPY_DISABLE_CPU_FEATURES": "X86_V3,X86_V4,AVX512_ICL,AVX512_SPR",
    # The linear algebra of NumPy and SciPy; the oldest core that NumPy itself runs on.
    "OPENBLAS_CORETYPE": "Nehalem",
    # Compiled loops: the compiler fuses products with sums where a processor can.
    "NUMBA_CPU_NAME": "generic",
    # PyTorch: its own loops, its matrix products, its convolutions.
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
