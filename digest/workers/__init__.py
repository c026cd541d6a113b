"""Workers: the processes and machines that send."""
