"""Sign-ins that look wrong: what was seen, the rules that weigh it, the alerts that people work through."""
