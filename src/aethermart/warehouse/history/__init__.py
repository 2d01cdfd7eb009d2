"""What was, and what we knew of it when: questions to the archive's changes of an entity."""
