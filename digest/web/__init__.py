"""Pages and endpoints: each turns a request into one service call."""
