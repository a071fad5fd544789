"""Everything that changes housing data: one transaction each, named errors, audit entry, case events."""
