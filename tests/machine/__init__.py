"""A shop of several stores that does everything at random: the parts of the machine in tests/test_machine.py."""
