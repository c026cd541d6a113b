"""Topics: decide what a paper is about, from readable phrases and learnt weights. Pure."""
