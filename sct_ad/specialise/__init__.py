"""Core + argument types -> one flat core: calls inlined, static branches taken, iteration over ranges."""
