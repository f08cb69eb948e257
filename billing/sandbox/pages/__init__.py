"""The pages that people see: Checkout, Billing Portal, a bank's 3-D Secure page, an invoice, the control panel."""
