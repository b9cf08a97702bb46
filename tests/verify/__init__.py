"""Tests of `shore verify`."""
