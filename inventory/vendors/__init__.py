"""The pages of vendors: the list, the record and its contacts. Apps above add tabs: shipments, products, orders."""
