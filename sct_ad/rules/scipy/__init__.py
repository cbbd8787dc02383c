"""Rules of SciPy's functions, a module for each of its packages, loaded once somebody has imported the package."""
