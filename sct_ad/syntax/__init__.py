"""Shared vocabulary: syntax nodes, names, abstract values and the finding of source text."""
