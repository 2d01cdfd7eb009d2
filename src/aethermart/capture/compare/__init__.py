"""Any shop that lets us SELECT: what changed is found by comparing hashes of key ranges."""
