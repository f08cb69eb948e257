"""Card numbers: found in any writing, refused where something would be stored, masked where something is logged."""
