"""From NumPy array calls to loops over elements, for compilers that gain from them (Numba)."""
