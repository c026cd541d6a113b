"""How pages that thousands open at once are answered: in rounds, from kept pages."""
