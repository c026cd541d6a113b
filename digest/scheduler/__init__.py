"""The clock: fires ticks, each of which may be run as often and by as many as one likes."""
