"""The pages of transfers: the list, a request, unpacking, the packing list."""
