"""What the lake holds, where it comes from and who answers for it."""
