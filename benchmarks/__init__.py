"""How fast the shop is, beside the floor: the same work in bare SQL on the same machine, with the same guarantees.

`python -m benchmarks` measures and keeps benchmarks/results.json; docs/performance.md is written from that.
"""
