"""Define the tables, a module for each subject. A test compares them with what migrations create.

A command imports the modules of the tables that it asks: to define a table takes 2 ms, and there
are 60. What refers to a table of another module names its class, and so imports it.
"""
