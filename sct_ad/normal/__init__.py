"""Accepted Python -> core."""
