"""Selection: choose papers for readers, and explain the choice. Pure."""
