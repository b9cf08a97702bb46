"""Tests of the forms of a verification."""
