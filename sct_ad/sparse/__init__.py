"""Sparse Jacobians and Hessians: patterns from the source, colourings, compressed evaluation."""
