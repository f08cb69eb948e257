"""What policies would recover of failed payments that are drawn from a stated distribution."""
