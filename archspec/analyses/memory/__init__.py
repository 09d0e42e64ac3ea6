"""Memory, without running anything: what a network needs at inference and in a training step."""
