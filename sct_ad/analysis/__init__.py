"""Core -> facts; no stage here changes a tree."""
