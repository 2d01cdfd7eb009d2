"""What is wrong with an installation, and how to mend it: small checks, a file a family."""
