"""The authorization server: applications that act for people, and the tokens that ``/v1`` believes."""
