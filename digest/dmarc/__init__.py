"""What receivers report of mail in our name (DMARC aggregate reports, RFC 9990)."""
