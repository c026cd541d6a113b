"""What the logs of leavers say, without a database."""
