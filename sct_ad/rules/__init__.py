"""Derivative rules, by topic, and what reads them; the library is loaded when the first rule is asked for."""
