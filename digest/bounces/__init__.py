"""What a bounce or a complaint does to a reader, to an edition and to the operator's day."""
