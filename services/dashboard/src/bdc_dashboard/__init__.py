"""Shows what was collected, who did it and how the system is."""
