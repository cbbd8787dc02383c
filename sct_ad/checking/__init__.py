"""Checks of gradients and of derivative rules against finite differences."""
