"""One script a claim: ours and the peer in the same run. `python -m benchmarks` runs them all."""
