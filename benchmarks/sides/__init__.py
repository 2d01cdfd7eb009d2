"""What a benchmark runs as a process of its own, so that all of its CPU time can be counted."""
