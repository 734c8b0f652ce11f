"""The pages of vendor shipments: the list, a shipment, taking one back."""
