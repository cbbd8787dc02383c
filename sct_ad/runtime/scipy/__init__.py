"""What emitted text calls besides NumPy and SciPy where SciPy's functions are differentiated."""
