"""The Linux kernel's own interfaces, thin and typed: no policy lives here."""
