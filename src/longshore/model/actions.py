"""Actions of GitHub that our workflows use, pinned by commit. Pure."""

__all__ = ["CHECKOUT"]

CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
