"""The Numba backend: emitted core -> a kernel for njit, and a function around it that takes containers apart."""
