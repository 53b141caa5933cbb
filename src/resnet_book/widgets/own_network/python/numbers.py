"""Kinds of numbers."""

Integral, Number, Real, Rational = int, (int, float, complex), (int, float), int
