"""The pages of the console about readers: lists, one reader, imports."""
