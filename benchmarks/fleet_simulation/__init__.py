"""How a fleet sends to a hundred million readers in a day: a simulation, batch by batch.

`benchmarks.fleet_simulation.__main__` says how it is run; docs/why/scale.md what came of it.
"""
